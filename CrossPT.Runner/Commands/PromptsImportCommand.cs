using System.CommandLine;
using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts import</c>: a prompt of any program as a file of our own.</summary>
internal static class PromptsImportCommand
{
    private static readonly Argument<string> s_file = Options.Argument("FILE|DIR", PromptInput.Formats);
    private static readonly Option<string> s_out =
        Options.Text("--out", "FILE", "the file to write: safetensors").Required();
    private static readonly Option<string> s_activation = Options.Choice(
        "--activation", "activation of a prompt encoder's MLP, if the file has one", "relu", "gelu")
        .Default("relu");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [s_out, PromptInput.Task, s_activation],
        Notes = "Writes one tensor, \"prompt\" [P, H] in float32. A file with more than a prompt, or with a number "
            + "that is not finite, is refused.",
        Example = "prompts import adapter --out prompt.safetensors",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        EncoderActivation activation =
            context.Value(s_activation) == "gelu" ? EncoderActivation.Gelu : EncoderActivation.Relu;
        string path = PromptOutput.Require(context.Value(s_out), ".safetensors");
        SavedPrompt prompt = PromptInput.Load(context, context.Value(s_file), activation);
        PromptExport.ToSafetensors(prompt, path);
        PromptOutput.Report(context, prompt, path);
        return ExitCode.Done;
    }
}
