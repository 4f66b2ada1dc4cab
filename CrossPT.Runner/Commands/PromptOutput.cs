using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

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
