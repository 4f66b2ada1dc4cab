using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Prompts;

/// <summary>Prompts named on the command line.</summary>
internal static class PromptInput
{
    /// <summary>What the help calls a file that a prompt is read from.</summary>
    public const string Formats = "safetensors, .pt, .npy, or the folder of a PEFT adapter or a run";

    /// <summary>Which prompt of several.</summary>
    public static Option Task { get; } = new("--task", "T", "which prompt, of a file or run with several: a task, or the prompt's whole name");

    /// <summary>Reads one, and says what reading left out or assumed.</summary>
    public static SavedPrompt Load(CommandContext context, string path, PromptActivation activation = PromptActivation.Relu)
    {
        SavedPrompt prompt = PromptFile.Load(path, context.Has(Task) ? context.String(Task) : null, activation);
        Note(context, prompt);
        return prompt;
    }

    /// <summary>Says what reading left out or assumed.</summary>
    public static void Note(CommandContext context, SavedPrompt prompt)
    {
        foreach (string note in prompt.Notes) context.Note($"{prompt.Path}: {note}");
    }
}
