using System.Buffers;
using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

/// <summary>JSON objects in, the same objects with more members out, several at a time.</summary>
internal static class JsonLineRows
{
    /// <summary>
    /// Calls <paramref name="read"/> for every object and <paramref name="answer"/> with what it gave for up to
    /// <paramref name="batchSize"/> of them; each answer is the members added to its object.
    /// </summary>
    /// <param name="context">Notes and interruption.</param>
    /// <param name="input">Where the lines come from.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="results">Members that are added: an object's own of these names give way.</param>
    /// <param name="batchSize">Lines worked on together.</param>
    /// <param name="read">Takes what is needed out of an object; a <see cref="FormatException"/> says what is wrong
    /// with it.</param>
    /// <param name="answer">Works on several.</param>
    public static void Run<T>(
        CommandContext context, Stream input, string name, Stream output, string[] results, int batchSize,
        Func<JsonElement, T> read, Func<IReadOnlyList<T>, IReadOnlyList<byte[]>> answer) =>
        JsonLineBatches.Run(
            context, input, name, output, batchSize, (line, reader) => Read(line, reader, results, read), answer);

    private static (T Row, byte[] Members) Read<T>(
        ReadOnlySpan<byte> line, LineReader reader, string[] results, Func<JsonElement, T> read)
    {
        try
        {
            Utf8JsonReader json = new(line);
            using JsonDocument document = JsonDocument.ParseValue(ref json);
            // Refuses whatever stands behind the object.
            json.Read();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw reader.Fail("found another value, expected a JSON object");
            T row = read(document.RootElement);
            ArrayBufferWriter<byte> members = new(line.Length + 1);
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
            {
                if (Array.IndexOf(results, member.Name) >= 0) continue;
                members.Write(System.Text.Encoding.UTF8.GetBytes(
                    $"{JsonText.Quote(member.Name)}:{member.Value.GetRawText()},"));
            }
            return (row, members.WrittenSpan.ToArray());
        }
        catch (JsonException error)
        {
            throw reader.Fail($"byte {(error.BytePositionInLine ?? 0) + 1}: not valid JSON, expected an object");
        }
        catch (FormatException error)
        {
            throw reader.Fail(error.Message);
        }
        catch (InvalidOperationException)
        {
            throw reader.Fail("an escape that is no character (half a surrogate pair)");
        }
    }
}
