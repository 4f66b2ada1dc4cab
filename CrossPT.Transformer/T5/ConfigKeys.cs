using System.Text.Json;

namespace CrossPT.Transformer;

/// <summary>Typed access to a configuration's keys, with errors that name file, key, what was found and what was expected.</summary>
internal readonly struct ConfigKeys(JsonElement root, string file)
{
    public int Integer(string key, int absent, int least, int most)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number) || number < least || number > most)
            throw Error(key, Shown(value), $"a whole number from {least} to {most}");
        return (int)number;
    }

    public double Number(string key, double absent, double least, double most)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(number >= least && number <= most))
            throw Error(key, Shown(value), $"a number from {least} to {most}");
        return number;
    }

    public bool Boolean(string key, bool absent)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw Error(key, Shown(value), "true or false");
        return value.GetBoolean();
    }

    /// <summary>One of a few strings.</summary>
    public string Choice(string key, string absent, params ReadOnlySpan<string> choices)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind == JsonValueKind.String)
        {
            foreach (string choice in choices)
                if (value.ValueEquals(choice)) return choice;
        }
        throw Error(key, Shown(value), string.Join(" or ", choices.ToArray().Select(static choice => $"\"{choice}\"")));
    }

    public T5FormatException Error(string key, string found, string expected) => new(file, $"key '{key}' is {found}, expected {expected}");

    // As it stands in the file, but short and on one line.
    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return string.Concat((text.Length <= 40 ? text : text[..40] + "…").Select(static c => char.IsControl(c) ? ' ' : c));
    }

    private JsonElement? Find(string key) => root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
