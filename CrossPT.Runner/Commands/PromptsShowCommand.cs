using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt prompts show</c>: what the numbers of a prompt are like, and what words its rows are near to.
/// </summary>
internal static class PromptsShowCommand
{
    private const int Words = 5;

    private static readonly Argument<string> s_file = Options.Argument("FILE", PromptInput.Formats);
    private static readonly Option<string> s_model = Options.Text(
        "--model", "DIR", "model folder, whose vocabulary the rows are compared with");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [s_model, PromptInput.Task],
        Notes = $"With --model: the {Words} nearest rows of the model's input embedding to every row of the prompt, by "
            + "cosine, and the norms of both.",
        Example = "prompts show prompt.safetensors --model t5-base",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        SavedPrompt prompt = PromptInput.Load(context, context.Value(s_file));
        PromptStatistics statistics = PromptStatistics.Of(prompt.Rows, prompt.Width);
        Neighbourhood? words = context.Has(s_model) ? Neighbourhood.Find(context, prompt) : null;
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                PromptJson.WriteIdentity(json, prompt);
                PromptJson.WriteStatistics(json, statistics);
                words?.Write(json, statistics);
            });
        }
        else
        {
            Write(context.Text, prompt, statistics);
            words?.Write(context.Text, statistics);
        }
        return ExitCode.Done;
    }

    private static void Write(TextWriter text, SavedPrompt prompt, PromptStatistics statistics)
    {
        text.WriteLine(
            Failure.OneLine($"prompt     {prompt.Name} [{prompt.Length}, {prompt.Width}] {prompt.StoredType}"));
        if (prompt.BaseModel is { } model) text.WriteLine(Failure.OneLine($"tuned for  {model}"));
        string range = string.Create(
            CultureInfo.InvariantCulture, $"{statistics.Least:G4} to {statistics.Largest:G4}");
        Line($"numbers    mean {statistics.Mean:G4}, sd {statistics.Deviation:G4}, {range}");
        Line($"rms        {statistics.RootMeanSquare:G5}");
        Line($"row norms  {Show(statistics.RowNorms)}");
        Line($"sha256     {prompt.Sha256}");

        void Line(FormattableString line) => text.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static string Show(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Least:G5} to {spread.Largest:G5}, mean {spread.Mean:G5}");

    /// <summary>The prompt among the words of a model.</summary>
    private sealed record Neighbourhood(int Count, Spread Norms, VocabularyNeighbour[][] Nearest, ITokenizer Tokenizer)
    {
        public static Neighbourhood Find(CommandContext context, SavedPrompt prompt)
        {
            string folder = ModelFolder.Find(context, context.Value(s_model));
            SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
            VocabularyRows vocabulary = VocabularyRows.Load(folder);
            float[] rows = prompt.RowsFor(vocabulary.Width);
            using IBackend backend = context.OpenBackend();
            return new Neighbourhood(
                vocabulary.Count, vocabulary.Norms, vocabulary.Nearest(rows, Words, tokenizer.VocabularySize, backend),
                tokenizer);
        }

        public void Write(Utf8JsonWriter json, PromptStatistics statistics)
        {
            json.WriteStartObject("vocabulary");
            json.WriteNumber("rows", Count);
            PromptJson.WriteSpread(json, "row_norm", Norms);
            if (Norms.Mean > 0) json.WriteNumber("times_as_long", statistics.RowNorms.Mean / Norms.Mean);
            json.WriteEndObject();
            json.WriteStartArray("nearest");
            foreach (VocabularyNeighbour[] row in Nearest)
            {
                json.WriteStartArray();
                foreach (VocabularyNeighbour word in row)
                {
                    json.WriteStartObject();
                    json.WriteNumber("id", word.Id);
                    json.WriteString("piece", Tokenizer.IdToPiece(word.Id));
                    json.WriteNumber("cosine", word.Cosine);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }

        public void Write(TextWriter text, PromptStatistics statistics)
        {
            text.WriteLine($"vocabulary {Count} rows, norms {PromptsShowCommand.Show(Norms)}");
            if (Norms.Mean > 0)
            {
                string times = (statistics.RowNorms.Mean / Norms.Mean).ToString("G3", CultureInfo.InvariantCulture);
                text.WriteLine($"           the prompt's rows are {times} times as long");
            }
            for (int row = 0; row < Nearest.Length; row++)
            {
                IEnumerable<string> words = Nearest[row].Select(Show);
                text.WriteLine(Failure.OneLine($"row {row,-4}   {string.Join("  ", words)}"));
            }
        }

        private string Show(VocabularyNeighbour word) =>
            string.Create(CultureInfo.InvariantCulture, $"{Tokenizer.IdToPiece(word.Id)} {word.Cosine:F3}");
    }
}
