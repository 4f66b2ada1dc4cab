using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>Writes a declaration with everything it says, as <see cref="TaskDeclarationReader"/> takes it.</summary>
internal static class TaskDeclarationWriter
{
    public static void Write(Utf8JsonWriter json, TaskDeclaration task)
    {
        json.WriteStartObject();
        json.WriteString("name", task.Name);
        WriteMembers(json, task);
        json.WriteEndObject();
    }

    /// <summary>The same without the name, as a configuration has it.</summary>
    public static void WriteInline(Utf8JsonWriter json, TaskDeclaration task)
    {
        json.WriteStartObject();
        WriteMembers(json, task);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, TaskDeclaration task)
    {
        WriteList(json, "fields", task.Fields);
        json.WriteString("template", task.Template);
        json.WriteString("label", task.LabelField);
        WriteAnswers(json, task);
        WriteText(json, "instruction", task.Instruction);
        WriteText(json, "group", task.GroupField);
        WriteText(json, "transform", task.Transform);
        WriteList(json, "metrics", task.Metrics.Select(TaskMetrics.NameOf));
        if (task.Splits is { } splits)
        {
            json.WritePropertyName("splits");
            ConfigJson.Write(json, splits.Write());
        }
        if (task.Train.Count + task.Validation.Count + task.Test.Count == 0) return;
        json.WriteStartObject("files");
        WriteLocations(json, "train", task.Train);
        WriteLocations(json, "validation", task.Validation);
        WriteLocations(json, "test", task.Test);
        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, TaskDeclaration task)
    {
        if (task.Scale is { } scale)
        {
            json.WriteStartObject("scale");
            json.WriteNumber("minimum", scale.Minimum);
            json.WriteNumber("maximum", scale.Maximum);
            json.WriteNumber("step", scale.Step);
            json.WriteEndObject();
        }
        else if (task.CandidatesField is not null) json.WriteString("candidates", task.CandidatesField);
        else WriteWords(json, "labels", task, [.. task.Labels.Select(static label => label.Word)]);
        if (task.Spellings.Count > 0) TaskLocationJson.WriteSpellings(json, "spellings", task.Spellings);
        if (task.DroppedLabels.Count > 0) WriteList(json, "dropLabels", task.DroppedLabels);
        if (task.Maps.Count == 0) return;
        json.WriteStartObject("maps");
        foreach ((string map, IReadOnlyList<string> words) in task.Maps) WriteWords(json, map, task, words);
        json.WriteEndObject();
    }

    private static void WriteWords(Utf8JsonWriter json, string key, TaskDeclaration task, IReadOnlyList<string> words)
    {
        json.WriteStartObject(key);
        for (int i = 0; i < words.Count; i++) json.WriteString(task.Labels[i].Value, words[i]);
        json.WriteEndObject();
    }

    private static void WriteLocations(Utf8JsonWriter json, string key, IReadOnlyList<TaskLocation> locations)
    {
        if (locations.Count == 0) return;
        json.WriteStartArray(key);
        foreach (TaskLocation location in locations) TaskLocationJson.Write(json, location);
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string key, IEnumerable<string> texts)
    {
        json.WriteStartArray(key);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string key, string? text)
    {
        if (text is not null) json.WriteString(key, text);
    }
}
