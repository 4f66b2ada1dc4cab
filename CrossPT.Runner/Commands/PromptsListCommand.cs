using System.CommandLine;
using System.Globalization;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts list</c>: what prompts there are, and what could be one and cannot be read.</summary>
internal static class PromptsListCommand
{
    private const int HashShown = 16;

    private static readonly Argument<string> s_folder = Options.Argument("DIR", "the folder");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_folder],
        Notes = "Looks at every .safetensors, .pt, .pth, .bin and .npy file, and every folder of a PEFT adapter or a "
            + "run. The hash is the SHA-256 of the rows in float32: a prompt has the same in every format. What "
            + "cannot be read is listed with the reason; checkpoints and models are left out.",
        Example = "prompts list runs",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string folder = context.Value(s_folder);
        IEnumerable<PromptFind> finds = PromptFolder.Find(folder, context.Interruption.Token);
        if (context.IsJson) WriteJson(context, finds);
        else WriteTable(context.Text, folder, finds);
        return ExitCode.Done;
    }

    private static void WriteJson(CommandContext context, IEnumerable<PromptFind> finds) => context.WriteJson(json =>
    {
        List<PromptFind> unreadable = [];
        json.WriteStartArray("prompts");
        foreach (PromptFind find in finds)
        {
            if (find.Problem is not null) unreadable.Add(find);
            foreach (SavedPrompt prompt in find.Prompts)
            {
                json.WriteStartObject();
                PromptJson.WriteIdentity(json, prompt);
                json.WriteNumber("rms", PromptStatistics.Of(prompt.Rows, prompt.Width).RootMeanSquare);
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
        json.WriteStartArray("unreadable");
        foreach (PromptFind find in unreadable)
        {
            json.WriteStartObject();
            json.WriteString("path", find.Path);
            json.WriteString("problem", find.Problem);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteTable(TextWriter text, string folder, IEnumerable<PromptFind> finds)
    {
        // Kept as text: the prompts of a large folder need not be in memory together.
        List<(string Name, string Figures)> rows = [];
        List<string> problems = [];
        foreach (PromptFind find in finds)
        {
            if (find.Problem is not null) problems.Add(Failure.OneLine($"unreadable: {find.Problem}"));
            foreach (SavedPrompt prompt in find.Prompts) rows.Add((NameIn(folder, prompt), Figures(prompt)));
        }
        if (rows.Count > 0)
        {
            int width = Math.Max(4, rows.Max(static row => row.Name.Length));
            text.WriteLine($"{"name".PadRight(width)}      P      H  type             rms  sha256");
            foreach ((string name, string figures) in rows) text.WriteLine(name.PadRight(width) + figures);
        }
        foreach (string problem in problems) text.WriteLine(problem);
        text.WriteLine($"{Plural.Of(rows.Count, "prompt")}, {problems.Count} unreadable");
    }

    private static string Figures(SavedPrompt prompt)
    {
        double size = PromptStatistics.Of(prompt.Rows, prompt.Width).RootMeanSquare;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {prompt.Length,5}  {prompt.Width,5}  {prompt.StoredType,-8}  {size,10:G5}  "
                + $"{prompt.Sha256[..HashShown]}");
    }

    /// <summary>Where it lies in the folder, and which one it is there.</summary>
    private static string NameIn(string folder, SavedPrompt prompt)
    {
        string path = Path.GetRelativePath(folder, prompt.Path);
        return Failure.OneLine(prompt.Name == SourcePrompt.NameOf(prompt.Path) ? path : $"{path}: {prompt.Name}");
    }
}
