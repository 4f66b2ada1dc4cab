using System.Text;
using System.Text.Json;

namespace CrossPT.LoadTest;

/// <summary>Requests of a task, ready to be sent, and the answers that <c>predict</c> gave for their rows.</summary>
internal sealed class TaskRows
{
    private static readonly string[] s_results = ["prediction", "predicted_label", "probability", "scores"];

    private readonly List<(byte[] Request, (string Label, double Probability)[] Answers)> _requests = [];

    public int Count => _requests.Count;

    public (byte[] Request, (string Label, double Probability)[] Answers) this[int place] => _requests[place % Count];

    /// <summary>Reads the output of <c>predict</c>: <paramref name="rows"/> consecutive lines are a request.</summary>
    public static TaskRows Read(string task, string file, int rows, Uri address, string? key)
    {
        TaskRows result = new();
        foreach (string[] lines in File.ReadLines(file).Chunk(rows))
        {
            List<Dictionary<string, JsonElement>> fields = [];
            List<(string, double)> answers = [];
            foreach (string line in lines)
            {
                JsonElement row = JsonDocument.Parse(line).RootElement;
                fields.Add(row.EnumerateObject().Where(static one => !s_results.Contains(one.Name))
                    .ToDictionary(static one => one.Name, static one => one.Value));
                answers.Add((row.GetProperty("prediction").GetString()!, row.GetProperty("probability").GetDouble()));
            }
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { rows = fields });
            string path = $"/v1/tasks/{Uri.EscapeDataString(task)}/predict";
            result._requests.Add((Http.Request("POST", path, address, key, body), [.. answers]));
        }
        return result;
    }
}

internal static class Http
{
    public static byte[] Request(string method, string path, Uri address, string? key, byte[] body)
    {
        string header = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        string head = $"{method} {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\n"
            + $"{header}Content-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
