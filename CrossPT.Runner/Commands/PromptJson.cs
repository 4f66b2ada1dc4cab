using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Runner.Commands;

/// <summary>Prompts as <c>--json</c> tells of them.</summary>
internal static class PromptJson
{
    /// <summary>What it is: name, path, sizes, type, hash, notes.</summary>
    public static void WriteIdentity(Utf8JsonWriter json, SavedPrompt prompt)
    {
        json.WriteString("name", prompt.Name);
        json.WriteString("path", prompt.Path);
        json.WriteNumber("length", prompt.Length);
        json.WriteNumber("width", prompt.Width);
        json.WriteString("dtype", prompt.StoredType.ToString());
        json.WriteString("sha256", prompt.Sha256);
        if (prompt.BaseModel is { } model) json.WriteString("base_model", model);
        if (prompt.Notes.Count == 0) return;
        json.WriteStartArray("notes");
        foreach (string note in prompt.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    /// <summary>What its numbers are like.</summary>
    public static void WriteStatistics(Utf8JsonWriter json, PromptStatistics statistics)
    {
        json.WriteNumber("mean", statistics.Mean);
        json.WriteNumber("sd", statistics.Deviation);
        json.WriteNumber("min", statistics.Least);
        json.WriteNumber("max", statistics.Largest);
        json.WriteNumber("rms", statistics.RootMeanSquare);
        WriteSpread(json, "row_norm", statistics.RowNorms);
    }

    public static void WriteSpread(Utf8JsonWriter json, string name, Spread spread)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", spread.Least);
        json.WriteNumber("mean", spread.Mean);
        json.WriteNumber("max", spread.Largest);
        json.WriteEndObject();
    }
}
