using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CrossPT.Runner.Tests.Net;

/// <summary>A request as it came.</summary>
/// <param name="Method">GET, HEAD.</param>
/// <param name="Target">Path and query; of a proxy, the whole address.</param>
/// <param name="Headers">Names in lower case.</param>
internal sealed record Request(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte asked for.</summary>
    public int? From =>
        Headers.TryGetValue("range", out string? range)
            ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : null;
}

/// <summary>What a server answers, and how badly.</summary>
/// <param name="Status">The status; 0 hangs up instead.</param>
internal sealed record Answer(int Status)
{
    public byte[] Body { get; init; } = [];

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The length it declares, where that is a lie; −1 declares none.</summary>
    public long? DeclaredLength { get; init; }

    /// <summary>Bytes of the body after which the connection is cut.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Silence before the answer.</summary>
    public TimeSpan Before { get; init; }

    /// <summary>Silence in the middle of the body.</summary>
    public TimeSpan Within { get; init; }
}

/// <summary>An HTTP server on a port of its own, down to the bytes: it can break every rule.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Request, Answer> _answer;

    public TestServer(Func<Request, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>All requests in order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using TcpClient _ = client;
            using NetworkStream stream = client.GetStream();
            if (await ReadAsync(stream) is not { } request) return;
            Requests.Enqueue(request);
            await WriteAsync(stream, request, _answer(request));
        }
        catch (Exception error) when (error
            is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client gave up, as it may.
        }
    }

    private static async Task<Request?> ReadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new Request(
            first[0], first[1],
            lines.Skip(1).Select(static line => line.Split(':', 2))
                .ToDictionary(static pair => pair[0].ToLowerInvariant(), static pair => pair[1].Trim()));
    }

    private async Task WriteAsync(NetworkStream stream, Request request, Answer answer)
    {
        if (answer.Before > TimeSpan.Zero) await Task.Delay(answer.Before, _end.Token);
        if (answer.Status == 0) return;
        StringBuilder head = new($"HTTP/1.1 {answer.Status} Some words\r\nConnection: close\r\n");
        if (answer.DeclaredLength != -1)
            head.Append($"Content-Length: {answer.DeclaredLength ?? answer.Body.Length}\r\n");
        foreach ((string name, string value) in answer.Headers) head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}\r\n"));
        if (request.Method == "HEAD") return;
        int end = answer.CutAfter ?? answer.Body.Length, middle = answer.Within > TimeSpan.Zero ? end / 2 : end;
        await stream.WriteAsync(answer.Body.AsMemory(0, middle));
        if (answer.Within > TimeSpan.Zero) await Task.Delay(answer.Within, _end.Token);
        await stream.WriteAsync(answer.Body.AsMemory(middle, end - middle));
    }
}
