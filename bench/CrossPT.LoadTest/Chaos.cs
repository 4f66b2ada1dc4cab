using System.Net.Sockets;
using System.Text;

namespace CrossPT.LoadTest;

/// <summary>
/// A client that behaves badly: leaves in the middle, sends broken, unknown, oversize and slow bodies, adds and removes
/// tasks. A status of 500 or more but 503 counts as wrong.
/// </summary>
/// <param name="address">The server.</param>
/// <param name="key">Its key.</param>
/// <param name="run">The run whose task is added.</param>
/// <param name="task">The task.</param>
/// <param name="rows">The task's requests and answers, to be sent under the name it was added by.</param>
/// <param name="totals">What all clients saw.</param>
/// <param name="seed">Decides what it does, and the name.</param>
internal sealed class Chaos(
    Uri address, string? key, string run, string task, TaskRows rows, Totals totals, int seed)
{
    private readonly Random _random = new(seed + 1000);

    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            Interlocked.Increment(ref totals.Chaos);
            try
            {
                using Socket socket = await Client.ConnectAsync(address);
                await ActAsync(socket, over);
            }
            catch (SocketException)
            {
                // The server cut the connection, as it should with some of these.
            }
            await Task.Delay(_random.Next(20), CancellationToken.None);
        }
    }

    private async Task ActAsync(Socket socket, CancellationToken over)
    {
        string name = $"chaos{seed}";
        switch (_random.Next(8))
        {
            case 0:
                await socket.SendAsync(Post("/v1/generate", "{\"texts\": [\"a b c d e f\"], \"max_tokens\": 200}"));
                await Task.Delay(_random.Next(30), CancellationToken.None);
                return;
            case 1:
                byte[] cut = Post("/v1/generate", "{\"texts\": [\"a\"]}");
                await socket.SendAsync(cut.AsMemory(0, _random.Next(1, cut.Length)));
                return;
            case 2:
                await Check(socket, Post("/v1/generate", "{\"texts\": [\"a\""));
                return;
            case 3:
                await Check(socket, Post("/v1/tasks/nothing/predict", "{\"rows\": []}"));
                return;
            case 4:
                await Check(socket, Post("/v1/generate", $"{{\"texts\": [\"{new string('a', 1 << 20)}\"]}}"));
                return;
            case 5:
                byte[] slow = Post("/v1/generate", "{\"texts\": [\"a\"], \"max_tokens\": 2}");
                for (int at = 0; at < slow.Length && !over.IsCancellationRequested; at += 16)
                {
                    await socket.SendAsync(slow.AsMemory(at, Math.Min(16, slow.Length - at)));
                    await Task.Delay(40, CancellationToken.None);
                }
                return;
            case 6:
                byte[] put = Encoding.UTF8.GetBytes($"{{\"run\": \"{run}\", \"task\": \"{task}\"}}");
                await Check(socket, Http.Request("PUT", $"/v1/tasks/{name}", address, key, put));
                return;
            default:
                await AskAsync(socket);
                using (Socket second = await Client.ConnectAsync(address))
                    await Check(second, Http.Request("DELETE", $"/v1/tasks/{name}", address, key, []));
                return;
        }
    }

    private byte[] Post(string path, string body) =>
        Http.Request("POST", path, address, key, Encoding.UTF8.GetBytes(body));

    /// <summary>A row of the task that comes and goes: answered rightly, or not known.</summary>
    private async Task AskAsync(Socket socket)
    {
        (byte[] request, (string Label, double Probability)[] answers) = rows[_random.Next(rows.Count)];
        await socket.SendAsync(request);
        (int status, ReadOnlyMemory<byte> body) = await Client.ReceiveAsync(socket, new byte[1 << 16]);
        if (status is 0 or 404 or 429 or 503) return;
        if (status == 200 && Client.IsRight(body.Span, answers))
        {
            Interlocked.Increment(ref totals.Changing);
            return;
        }
        Interlocked.Increment(ref totals.Wrong);
        totals.Show($"{status} of the changing task, expected {answers[0]}");
    }

    private async Task Check(Socket socket, byte[] request)
    {
        await socket.SendAsync(request);
        byte[] answer = new byte[4096];
        int read = await socket.ReceiveAsync(answer);
        if (read < 12) return;
        int status = int.Parse(Encoding.ASCII.GetString(answer, 9, 3));
        if (status < 500 || status == 503) return;
        Interlocked.Increment(ref totals.Wrong);
        totals.Show(Encoding.ASCII.GetString(answer, 0, read));
    }
}
