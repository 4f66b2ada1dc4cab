using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CrossPT.LoadTest;

/// <summary>What all clients saw.</summary>
internal sealed class Totals
{
    private readonly Lock _gate = new();
    private readonly List<double> _latencies = [];

    public long Rows;
    public long Requests;
    public long Wrong;
    public long Refused;
    public long Lost;
    public long Chaos;
    public long Changing;

    public List<string> Examples { get; } = [];

    public void Add(List<double> latencies)
    {
        lock (_gate) _latencies.AddRange(latencies);
    }

    public void Show(string example)
    {
        lock (_gate)
        {
            if (Examples.Count < 10) Examples.Add(example);
        }
    }

    public double[] Latencies()
    {
        double[] sorted = [.. _latencies];
        Array.Sort(sorted);
        return sorted;
    }
}

/// <summary>One connection that sends a request as soon as the last one is answered, and checks every answer.</summary>
internal sealed class Client(Uri address, IReadOnlyList<TaskRows> tasks, Totals totals, int seed)
{
    private const double Tolerance = 2e-6;

    private readonly byte[] _buffer = new byte[1 << 20];

    public async Task RunAsync(CancellationToken over)
    {
        List<double> latencies = [];
        using Socket socket = await ConnectAsync(address);
        Random random = new(seed);
        int place = random.Next(1 << 16);
        while (!over.IsCancellationRequested)
        {
            (byte[] request, (string Label, double Probability)[] answers) = tasks[random.Next(tasks.Count)][place++];
            long start = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            (int status, ReadOnlyMemory<byte> body) = await ReceiveAsync(socket, _buffer);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (status == 0)
            {
                Interlocked.Increment(ref totals.Lost);
                break;
            }
            if (status is 429 or 503)
            {
                Interlocked.Increment(ref totals.Refused);
                // A server that shuts down closes its connections after that.
                if (status == 503) break;
                await Task.Delay(50, CancellationToken.None);
                continue;
            }
            Interlocked.Increment(ref totals.Requests);
            Interlocked.Add(ref totals.Rows, answers.Length);
            if (status == 200 && IsRight(body.Span, answers))
            {
                // The server's last answer on this connection: what is sent after it is never taken.
                if (_buffer.AsSpan(0, 256).IndexOf("Connection: close"u8) >= 0) break;
                continue;
            }
            Interlocked.Increment(ref totals.Wrong);
            string shown = Encoding.UTF8.GetString(body.Span[..Math.Min(300, body.Length)]);
            totals.Show($"{status} {shown}, expected {answers[0]}");
        }
        totals.Add(latencies);
    }

    public static async Task<Socket> ConnectAsync(Uri address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }

    /// <summary>Status and body of an answer; status 0 where the connection ended.</summary>
    public static async Task<(int Status, ReadOnlyMemory<byte> Body)> ReceiveAsync(Socket socket, byte[] buffer)
    {
        int length = 0;
        int head = -1;
        int body = 0;
        bool isChunked = false;
        while (true)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0) return (0, default);
            length += read;
            if (head < 0)
            {
                int end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                if (end < 0) continue;
                head = end + 4;
                string text = Encoding.ASCII.GetString(buffer, 0, end);
                int at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
                isChunked = at < 0;
                if (!isChunked) body = int.Parse(text[(at + 16)..].Split('\r')[0]);
            }
            ReadOnlySpan<byte> received = buffer.AsSpan(head, length - head);
            if (isChunked ? received.EndsWith("\r\n0\r\n\r\n"u8) : received.Length == body) break;
        }
        int status = int.Parse(Encoding.ASCII.GetString(buffer, 9, 3));
        if (!isChunked) return (status, buffer.AsMemory(head, body));
        List<byte> joined = [];
        for (int at = head; ;)
        {
            int line = buffer.AsSpan(at, length - at).IndexOf("\r\n"u8);
            int size = Convert.ToInt32(Encoding.ASCII.GetString(buffer, at, line), 16);
            if (size == 0) return (status, joined.ToArray());
            joined.AddRange(buffer.AsSpan(at + line + 2, size));
            at += line + 2 + size + 2;
        }
    }

    /// <summary>Whether labels and probabilities are those of <c>predict</c>, in order, each once.</summary>
    public static bool IsRight(ReadOnlySpan<byte> body, (string Label, double Probability)[] answers)
    {
        Utf8JsonReader json = new(body);
        int row = 0;
        bool isLabel = false;
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 3) continue;
            if (json.ValueTextEquals("label"u8))
            {
                json.Read();
                if (row >= answers.Length || !json.ValueTextEquals(answers[row].Label)) return false;
                isLabel = true;
            }
            else if (json.ValueTextEquals("probability"u8))
            {
                json.Read();
                if (!isLabel || Math.Abs(json.GetDouble() - answers[row].Probability) > Tolerance) return false;
                isLabel = false;
                row++;
            }
        }
        return row == answers.Length;
    }
}
