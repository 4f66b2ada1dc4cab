using System.Text.Json;
using System.Text.Unicode;

namespace CrossPT.Tensors.Files;

/// <summary>A walk through JSON of unknown origin, whose every complaint names the file and the byte.</summary>
internal ref struct JsonCursor
{
    private readonly string _path;
    private readonly string _part;
    private readonly long _start;
    private Utf8JsonReader _reader;

    /// <param name="path">The file, for messages.</param>
    /// <param name="part">What is read, for messages: <c>header</c>.</param>
    /// <param name="json">The text.</param>
    /// <param name="start">Where in the file the text begins.</param>
    public JsonCursor(string path, string part, ReadOnlySpan<byte> json, long start)
    {
        _path = path;
        _part = part;
        _start = start;
        if (!Utf8.IsValid(json))
            throw new TensorFileException(path, $"the {part} (from byte {start}) is not valid UTF-8");
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
    }

    public readonly JsonTokenType Token => _reader.TokenType;

    /// <summary>The tensor being read, for messages.</summary>
    public string? Tensor { get; set; }

    /// <summary>Moves to the next token.</summary>
    public void Next()
    {
        bool moved;
        try
        {
            moved = _reader.Read();
        }
        catch (JsonException error)
        {
            throw Broken(error);
        }
        if (!moved) throw Fail("the JSON ends too early");
    }

    /// <summary>Checks that nothing but white space is left.</summary>
    public void End()
    {
        try
        {
            if (_reader.Read()) throw Fail("more text after the JSON object, expected only padding");
        }
        catch (JsonException error)
        {
            throw Broken(error);
        }
    }

    /// <summary>Moves over a value of whatever kind.</summary>
    public void SkipValue()
    {
        Next();
        try
        {
            _reader.Skip();
        }
        catch (JsonException error)
        {
            throw Broken(error);
        }
    }

    public void Enter(JsonTokenType kind, string what)
    {
        Next();
        Require(kind, what);
    }

    /// <summary>Moves to the next key of an object; false at the object's end.</summary>
    public bool NextKey()
    {
        Next();
        return Token == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the current key or text is <paramref name="text"/>.</summary>
    public readonly bool Is(ReadOnlySpan<byte> text)
    {
        try
        {
            return _reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            throw HalfCharacter();
        }
    }

    public string NextText(string what)
    {
        Next();
        Require(JsonTokenType.String, what);
        return Text();
    }

    /// <summary>The current token as an integer of at least zero.</summary>
    public readonly long Count(string what)
    {
        if (Token == JsonTokenType.Number && _reader.TryGetInt64(out long value) && value >= 0) return value;
        throw Fail($"{what} is {Found()}, expected a whole number from 0 to 2^63 - 1");
    }

    public readonly void Require(JsonTokenType kind, string what)
    {
        if (Token != kind) throw Fail($"{what} is {Found()}, expected {Kind(kind)}");
    }

    public readonly TensorFileException Fail(string problem) => new(
        _path,
        $"{_part} byte {_start + _reader.TokenStartIndex}: "
            + $"{(Tensor is null ? "" : $"tensor {TensorFileException.Quote(Tensor)}: ")}{problem}");

    /// <summary>The current key or text.</summary>
    public readonly string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw HalfCharacter();
        }
    }

    /// <summary>
    /// An escape that stands for half of a character: the reader finds it only when the text is asked for.
    /// </summary>
    private readonly TensorFileException HalfCharacter() =>
        Fail("the text has half of a surrogate pair, expected whole characters");

    private readonly string Found() => Token == JsonTokenType.Number
        ? System.Text.Encoding.UTF8.GetString(_reader.ValueSpan[..Math.Min(40, _reader.ValueSpan.Length)])
        : Kind(Token);

    private readonly TensorFileException Broken(JsonException error)
    {
        // The reader appends its own line and byte, which count from the start of the text.
        int cut = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string reason = (cut < 0 ? error.Message : error.Message[..cut]).TrimEnd('.', ' ');
        return new TensorFileException(
            _path, $"{_part} byte {_start + _reader.BytesConsumed}: broken JSON ({reason})", error);
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.EndArray => "the end of the list",
        JsonTokenType.EndObject => "the end of the object",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => token.ToString(),
    };
}
