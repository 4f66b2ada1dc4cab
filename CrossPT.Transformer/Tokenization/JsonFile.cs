using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>A parsed JSON file whose values are asked for by kind, with errors that name the file and the path.</summary>
internal sealed class JsonFile : IDisposable
{
    private readonly string _file;
    private readonly JsonDocument _document;

    /// <summary>Parses a file.</summary>
    /// <exception cref="TokenizerFormatException">It is not one JSON object.</exception>
    public JsonFile(string file, byte[] data)
    {
        _file = file;
        ReadOnlyMemory<byte> text = data.AsSpan().StartsWith("\uFEFF"u8) ? data.AsMemory(3) : data;
        if (text.IsEmpty)
        {
            throw new TokenizerFormatException(file, "", "an empty file", "a JSON object");
        }

        try
        {
            _document = JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            string place = $"line {error.LineNumber + 1}, byte {error.BytePositionInLine}";
            throw new TokenizerFormatException(file, place, "text that is not JSON", "a JSON object", error);
        }

        if (Root.ValueKind != JsonValueKind.Object)
        {
            string kind = Describe(Root);
            _document.Dispose();
            throw new TokenizerFormatException(file, "", kind, "a JSON object");
        }
    }

    /// <summary>The outermost object.</summary>
    public JsonElement Root => _document.RootElement;

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();

    /// <summary>A property's value, or null where it is absent or <c>null</c>.</summary>
    public JsonElement? Find(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A property that must be there.</summary>
    public JsonElement Get(JsonElement parent, string name, JsonValueKind kind, string path)
    {
        JsonElement value = Find(parent, name) ?? throw Error(path, "nothing", Describe(kind));
        Require(value, kind, path);
        return value;
    }

    /// <summary>A text property of the outermost object or of one at a path, null where it is absent or <c>null</c>.</summary>
    public string? Text(JsonElement parent, string name, string? path = null) =>
        Find(parent, name) is { } value ? TextOf(value, path ?? name) : null;

    /// <summary>The text of a value.</summary>
    public string TextOf(JsonElement value, string path)
    {
        Require(value, JsonValueKind.String, path);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new TokenizerFormatException(_file, path, "a text that is not valid Unicode", "valid UTF-8 without lone surrogates", error);
        }
    }

    /// <summary>A yes or no, with a default where it is absent or <c>null</c>.</summary>
    public bool Flag(JsonElement parent, string name, bool otherwise, string path) =>
        Find(parent, name) is not { } value ? otherwise : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Error(path, Describe(value), "true or false"),
        };

    /// <summary>A token that is written as text or as an object with <c>content</c>.</summary>
    public string Token(JsonElement value, string path) => value.ValueKind == JsonValueKind.Object
        ? TextOf(Get(value, "content", JsonValueKind.String, path + ".content"), path + ".content")
        : TextOf(value, path);

    /// <summary>Throws unless a value is of a kind.</summary>
    public void Require(JsonElement value, JsonValueKind kind, string path)
    {
        if (value.ValueKind != kind)
        {
            throw Error(path, Describe(value), Describe(kind));
        }
    }

    /// <summary>An error at a path.</summary>
    public TokenizerFormatException Error(string path, string found, string expected) => new(_file, path, found, expected);

    private static string Describe(JsonElement value) => Describe(value.ValueKind);

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
