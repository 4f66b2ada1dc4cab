using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts compare</c>: how alike prompts are.</summary>
internal static class PromptsCompareCommand
{
    private static readonly Argument<string[]> s_files =
        Options.Arguments("FILE", $"prompts of one width: {PromptInput.Formats}");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_files],
        Notes = "Cosines of the prompts flattened (row with row: needs as many rows) and of the means of their rows. "
            + "Of a run or an adapter with several prompts, all are compared.",
        Example = "prompts compare mnli.safetensors qqp.safetensors",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        List<SavedPrompt> prompts = [];
        foreach (string path in context.Value(s_files)) prompts.AddRange(PromptFile.LoadAll(path));
        foreach (SavedPrompt prompt in prompts)
        {
            PromptInput.Note(context, prompt);
            if (prompt.Width != prompts[0].Width)
                throw new UserException(
                    $"{prompt.Path}: the prompt is {prompt.Width} wide, expected {prompts[0].Width} as "
                        + $"{prompts[0].Path}");
        }
        if (prompts.Count < 2)
            throw new UserException($"{prompts[0].Path}: one prompt, expected two or more to compare");
        double?[,] flat = PromptSimilarity.Matrix(
            [.. prompts.Select(static prompt => PromptSimilarity.Flatten(prompt.Rows))]);
        double?[,] pooled = PromptSimilarity.Matrix(
            [.. prompts.Select(static prompt => PromptSimilarity.MeanPool(prompt.Rows, prompt.Width))]);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteStartArray("prompts");
                foreach (SavedPrompt prompt in prompts)
                {
                    json.WriteStartObject();
                    PromptJson.WriteIdentity(json, prompt);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                Write(json, "flattened", flat);
                Write(json, "mean_pooled", pooled);
            });
        }
        else
        {
            string[] names = [.. prompts.Select(static prompt => Failure.OneLine(prompt.Name))];
            Write(context.Text, "flattened", names, flat);
            context.Text.WriteLine();
            Write(context.Text, "mean-pooled", names, pooled);
        }
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, string name, double?[,] cosines)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < cosines.GetLength(0); i++)
        {
            json.WriteStartArray();
            for (int j = 0; j < cosines.GetLength(1); j++)
            {
                if (cosines[i, j] is { } cosine) json.WriteNumberValue(cosine);
                else json.WriteNullValue();
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void Write(TextWriter text, string title, string[] names, double?[,] cosines)
    {
        int width = Math.Max(12, names.Max(static name => name.Length) + 4);
        text.WriteLine(title.PadRight(width) + string.Concat(names.Select(static (_, i) => $"{i + 1,8}")));
        for (int i = 0; i < names.Length; i++)
        {
            text.Write($"{i + 1,2}  {names[i]}".PadRight(width));
            for (int j = 0; j < names.Length; j++)
                text.Write(
                    cosines[i, j] is { } cosine
                        ? string.Create(CultureInfo.InvariantCulture, $"{cosine,8:F3}")
                        : "       –");
            text.WriteLine();
        }
    }
}
