using System.CommandLine;
using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary>Prompts named on the command line.</summary>
internal static class PromptInput
{
    /// <summary>The files that a prompt is read from, for the help.</summary>
    public const string Formats = "safetensors, .pt, .npy, or the folder of a PEFT adapter or a run";

    /// <summary>Which prompt of several.</summary>
    public static Option<string> Task { get; } = Options.Text(
        "--task", "T", "which prompt, of a file or run with several: a task, or the prompt's whole name");

    /// <summary>Reads one, and says what reading left out or assumed.</summary>
    public static SavedPrompt Load(
        CommandContext context, string path, EncoderActivation activation = EncoderActivation.Relu)
    {
        SavedPrompt prompt = PromptFile.Load(path, context.Find(Task), activation);
        Note(context, prompt);
        return prompt;
    }

    /// <summary>Says what reading left out or assumed.</summary>
    public static void Note(CommandContext context, SavedPrompt prompt)
    {
        foreach (string note in prompt.Notes) context.Note($"{prompt.Path}: {note}");
    }
}

/// <summary>Prompts written for the user.</summary>
internal static class PromptOutput
{
    /// <summary>The path of a file to write, whose name has to say what is in it.</summary>
    public static string Require(string path, string extension) =>
        string.Equals(Path.GetExtension(path), extension, StringComparison.OrdinalIgnoreCase)
        ? path
        : throw new UserException($"--out: found '{path}', expected a name that ends in {extension}");

    /// <summary>Says what was written where.</summary>
    public static void Report(CommandContext context, SavedPrompt prompt, string path)
    {
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                PromptJson.WriteIdentity(json, prompt);
                json.WriteString("out", path);
            });
        }
        else
            context.Text.WriteLine(
                Failure.OneLine($"{path}: {prompt.Name} [{prompt.Length}, {prompt.Width}], sha256 {prompt.Sha256}"));
    }
}

/// <summary>Prompts as <c>--json</c> tells of them.</summary>
internal static class PromptJson
{
    /// <summary>Name, path, sizes, type, hash, notes.</summary>
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

    /// <summary>Statistics of its numbers.</summary>
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
