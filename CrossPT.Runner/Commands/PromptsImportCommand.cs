using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Prompts;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts import</c>: a prompt of any program as a file of our own.</summary>
internal static class PromptsImportCommand
{
    private static readonly Option s_out = new("--out", "FILE", "the file to write: safetensors", Required: true);
    private static readonly Option s_activation = new(
        "--activation", "relu|gelu", "what lies between the layers of a prompt encoder's MLP, where the file has one", "relu");

    public static CommandDefinition Define() => new()
    {
        Arguments = [new Positional("FILE|DIR", PromptInput.Formats)],
        Options = [s_out, PromptInput.Task, s_activation],
        Notes = "Writes one tensor, \"prompt\" [P, H] in float32. A file with more than a prompt, or with a number that is not finite, is refused.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        PromptActivation activation = context.Choice(s_activation) == "gelu" ? PromptActivation.Gelu : PromptActivation.Relu;
        string path = PromptOutput.Require(context.String(s_out), ".safetensors");
        SavedPrompt prompt = PromptInput.Load(context, context.Arguments[0], activation);
        PromptExport.ToSafetensors(prompt, path);
        PromptOutput.Report(context, prompt, path);
        return ExitCode.Done;
    }
}
