using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>A JSON file whose values are asked for by kind, with errors that name the file and the path.</summary>
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
        if (text.IsEmpty) throw Error("", "an empty file", "a JSON object");
        try
        {
            _document = JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            string place = $"line {error.LineNumber + 1}, byte {error.BytePositionInLine}";
            throw new TokenizerFormatException(file, place, "text that is not JSON", "a JSON object", error);
        }

        if (Root.ValueKind == JsonValueKind.Object) return;
        string kind = Describe(Root.ValueKind);
        _document.Dispose();
        throw Error("", kind, "a JSON object");
    }

    /// <summary>The outermost object.</summary>
    public JsonElement Root => _document.RootElement;

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();

    /// <summary>A property's value, or null where it is absent or <c>null</c>.</summary>
    public JsonElement? Find(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A property that must be there.</summary>
    public JsonElement Get(JsonElement parent, string name, JsonValueKind kind, string path) =>
        Require(Find(parent, name) ?? throw Error(path, "nothing", Describe(kind)), kind, path);

    /// <summary>The elements of a list that must be there, each with its path.</summary>
    public IEnumerable<(JsonElement Element, string Path)> List(JsonElement parent, string name, string path) =>
        Get(parent, name, JsonValueKind.Array, path).EnumerateArray().Select((element, i) => (element, $"{path}[{i}]"));

    /// <summary>The properties of an object.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Properties(JsonElement parent, string path)
    {
        foreach (JsonProperty property in Require(parent, JsonValueKind.Object, path).EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException error)
            {
                string expected = "valid UTF-8 without lone surrogates";
                throw new TokenizerFormatException(_file, path, "a name that is not valid Unicode", expected, error);
            }

            yield return (name, property.Value);
        }
    }

    /// <summary>A text, null where it is absent or <c>null</c>.</summary>
    public string? Text(JsonElement parent, string name, string path) =>
        Find(parent, name) is { } value ? TextOf(value, path) : null;

    /// <summary>The text of a value.</summary>
    public string TextOf(JsonElement value, string path)
    {
        try
        {
            return Require(value, JsonValueKind.String, path).GetString()!;
        }
        catch (InvalidOperationException error)
        {
            string expected = "valid UTF-8 without lone surrogates";
            throw new TokenizerFormatException(_file, path, "a text that is not valid Unicode", expected, error);
        }
    }

    /// <summary>A yes or no, with a default where it is absent or <c>null</c>.</summary>
    public bool Flag(JsonElement parent, string name, bool otherwise, string path) => Find(parent, name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Error(path, Describe(value.ValueKind), "true or false"),
    };

    /// <summary>A token written as text or as an object with <c>content</c>, null where there is none.</summary>
    public string? Token(JsonElement? value, string path) => value switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } token =>
            TextOf(Get(token, "content", JsonValueKind.String, path + ".content"), path + ".content"),
        { } text => TextOf(text, path),
    };

    /// <summary>How a token written as an object is looked for.</summary>
    public AddedToken Added(JsonElement token, string path, int id, string text, bool isSpecial) => new(
        id,
        text,
        Flag(token, "lstrip", false, path + ".lstrip"),
        Flag(token, "rstrip", false, path + ".rstrip"),
        Flag(token, "single_word", false, path + ".single_word"),
        Flag(token, "normalized", !isSpecial, path + ".normalized"));

    /// <summary>Throws unless a value is of a kind.</summary>
    public JsonElement Require(JsonElement value, JsonValueKind kind, string path) =>
        value.ValueKind == kind ? value : throw Error(path, Describe(value.ValueKind), Describe(kind));

    /// <summary>An error at a path.</summary>
    public TokenizerFormatException Error(string path, string found, string expected) =>
        new(_file, path, found, expected);

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
