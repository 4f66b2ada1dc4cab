using System.CommandLine;
using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary>Prompts named on the command line.</summary>
internal static class PromptInput
{
    /// <summary>What the help calls a file that a prompt is read from.</summary>
    public const string Formats = "safetensors, .pt, .npy, or the folder of a PEFT adapter or a run";

    /// <summary>Which prompt of several.</summary>
    public static Option<string> Task { get; } = Options.Text(
        "--task", "T", "which prompt, of a file or run with several: a task, or the prompt's whole name");

    /// <summary>Reads one, and says what reading left out or assumed.</summary>
    public static SavedPrompt Load(
        CommandContext context, string path, PromptActivation activation = PromptActivation.Relu)
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
