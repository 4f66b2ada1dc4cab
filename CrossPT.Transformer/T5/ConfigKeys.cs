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

    /// <summary>The same of a key with a second name; where both are there they must agree.</summary>
    public int Integer(string key, string alias, int absent, int least, int most)
    {
        if (Find(alias) is not { } other) return Integer(key, absent, least, most);
        int value = Integer(alias, absent, least, most);
        if (Find(key) is not null && Integer(key, absent, least, most) != value)
            throw Error(alias, Shown(other), $"{Integer(key, absent, least, most)}, the value of '{key}'");
        return value;
    }

    /// <summary>A whole number or a list of one or more.</summary>
    public int[] Integers(string key, int absent, int least, int most)
    {
        if (Find(key) is not { ValueKind: JsonValueKind.Array } list) return [Integer(key, absent, least, most)];
        int[] numbers = new int[list.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
        {
            JsonElement value = list[i];
            bool isNumber = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out numbers[i]);
            if (!isNumber || numbers[i] < least || numbers[i] > most)
                throw Error($"{key}[{i}]", Shown(value), $"a whole number from {least} to {most}");
        }
        return numbers.Length > 0 ? numbers : throw Error(key, "[]", "one id or more");
    }

    /// <summary>The key's text; null where it is absent or null.</summary>
    public string? Text(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Error(key, Shown(value), "text");
    }

    /// <summary>The key's value as it stands in the file, for messages.</summary>
    public string Show(string key) => Find(key) is { } value ? Shown(value) : "absent";

    /// <summary>Every key that is not null, with its value as it stands in the file.</summary>
    public IEnumerable<JsonProperty> All =>
        root.EnumerateObject().Where(static property => property.Value.ValueKind != JsonValueKind.Null);

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
    internal static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return string.Concat((text.Length <= 40 ? text : text[..40] + "…").Select(static c => char.IsControl(c) ? ' ' : c));
    }

    private JsonElement? Find(string key) => root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
