using System.Buffers;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Runner.JsonLines;

/// <summary>
/// One JSON object of the input: the field that is worked on, and the others as they stand, to be passed through.
/// Reused line by line.
/// </summary>
/// <param name="field">The field that is worked on; its value must be a string.</param>
/// <param name="results">Fields the command writes itself: the input's own of that name give way.</param>
internal sealed class JsonLineRecord(string field, params string[] results)
{
    private readonly ArrayBufferWriter<byte> _others = new();
    private byte[] _text = [];
    private int _textLength;

    /// <summary>The field in UTF-8, escapes resolved.</summary>
    public ReadOnlySpan<byte> Utf8Text => _text.AsSpan(0, _textLength);

    /// <summary>The field.</summary>
    public string Text => Encoding.UTF8.GetString(Utf8Text);

    /// <summary>The other fields, each with a comma behind it: <c>"id":7,</c>.</summary>
    public ReadOnlySpan<byte> Others => _others.WrittenSpan;

    /// <summary>Takes a line in.</summary>
    /// <exception cref="TaskDataException">It is not a JSON object with the field in it.</exception>
    public void Parse(ReadOnlySpan<byte> line, LineReader source)
    {
        _others.ResetWrittenCount();
        bool found = false;
        Utf8JsonReader json = new(line);
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw source.Fail($"found {Name(json.TokenType)}, expected a JSON object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                int start = (int)json.TokenStartIndex;
                bool isField = json.ValueTextEquals(field), isResult = IsResult(ref json);
                json.Read();
                if (isField)
                {
                    if (found) throw source.Fail($"\"{field}\" is there twice");
                    if (json.TokenType != JsonTokenType.String)
                        throw source.Fail($"\"{field}\" is {Name(json.TokenType)}, expected a string");
                    found = true;
                    CopyText(ref json);
                    continue;
                }
                json.Skip();
                if (isResult) continue;
                _others.Write(line[start..(int)json.BytesConsumed]);
                _others.Write(","u8);
            }
            // Anything behind the object is an error the reader finds.
            json.Read();
        }
        catch (JsonException error)
        {
            throw source.Fail(
                $"byte {(error.BytePositionInLine ?? 0) + 1}: not valid JSON, expected an object with \"{field}\"");
        }
        catch (InvalidOperationException)
        {
            throw source.Fail(
                $"byte {json.TokenStartIndex + 1}: an escape that is no character (half a surrogate pair)");
        }
        if (!found) throw source.Fail($"no \"{field}\", expected an object with it");
    }

    private void CopyText(ref Utf8JsonReader json)
    {
        // Resolving escapes never lengthens the text.
        if (_text.Length < json.ValueSpan.Length)
            _text = new byte[Math.Max(json.ValueSpan.Length, Math.Min(_text.Length * 2, 1 << 20))];
        _textLength = json.CopyString(_text);
    }

    private bool IsResult(ref Utf8JsonReader json)
    {
        foreach (string name in results)
        {
            if (json.ValueTextEquals(name)) return true;
        }
        return false;
    }

    private static string Name(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
