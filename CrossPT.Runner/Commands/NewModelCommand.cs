using System.CommandLine;
using System.Globalization;
using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt new-model</c>: a model folder with random weights, to try things without a download.</summary>
internal static class NewModelCommand
{
    // Hugging Face rounds vocabularies up to this multiple, and so do T5's own sizes.
    private const int VocabularyMultiple = 128;

    private const string CardName = "README.md";

    private static readonly string[] s_tokenizerFiles =
    [
        "spiece.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ];

    private static readonly Option<string> s_like =
        Options.Choice("--like", "the size of a published T5", [.. T5Config.PresetNames]).Required();
    private static readonly Option<string> s_tokenizer = Options.Text(
        "--tokenizer", "PATH", "spiece.model, tokenizer.json, a model folder, or a name on the hub").Required();
    private static readonly Option<string> s_out = Options.Text("--out", "DIR", "a new folder").Required();
    private static readonly Option<int> s_seed =
        Options.Int32("--seed", "N", "seed of the weights", 0, int.MaxValue).Default(1);

    public static CommandDefinition Define() => new()
    {
        Options = [s_like, s_tokenizer, s_out, s_seed],
        Notes = "The weights are random: the model trains as a real one does and costs the same, and learns next to "
            + "nothing. Its model card says so.",
        Example = "new-model --like t5-small --tokenizer spiece.model --out models/random-small",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string folder = context.Value(s_out), like = context.Value(s_like);
        if (Path.Exists(folder)) throw new UserException($"--out: {folder} exists, expected a new folder");
        string source = ModelFolder.FindTokenizer(context, context.Value(s_tokenizer));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(source);
        T5Config config = Fit(T5Config.Preset(like), tokenizer, source);
        int seed = context.Value(s_seed);
        // On the host: a folder of random numbers needs no device.
        using CpuBackend backend = new(context.Threads);
        using T5Model model = T5Model.Random(config, backend, (ulong)seed);
        try
        {
            Directory.CreateDirectory(folder);
            CopyTokenizer(source, folder);
            WriteCard(folder, like, seed, config);
            model.Save(folder);
        }
        catch
        {
            // Whole or not at all: a folder that lacks its weights would look like a model.
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            throw;
        }
        if (context.IsJson) context.WriteJson(json => json.WriteString("model", Path.GetFullPath(folder)));
        else
        {
            double millions = config.WeightCount / 1e6;
            context.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: random weights of {like}'s size, {millions:0.0} million parameters"));
        }
        return ExitCode.Done;
    }

    /// <summary>The preset with the tokenizer's special ids and room for its vocabulary.</summary>
    private static T5Config Fit(T5Config preset, SentencePieceTokenizer tokenizer, string source)
    {
        if (tokenizer.EndOfSequenceId < 0)
            throw new UserException($"{source}: has no end of sequence (</s>), expected a tokenizer of T5's kind");
        int needed = (tokenizer.VocabularySize + VocabularyMultiple - 1) / VocabularyMultiple * VocabularyMultiple;
        int pad = Math.Max(0, tokenizer.PadId);
        return preset with
        {
            VocabularySize = Math.Max(preset.VocabularySize, needed),
            PadId = pad,
            DecoderStartId = pad,
            EndOfSequenceId = tokenizer.EndOfSequenceId,
        };
    }

    private static void CopyTokenizer(string source, string folder)
    {
        if (Directory.Exists(source))
        {
            foreach (string name in s_tokenizerFiles)
            {
                string file = Path.Combine(source, name);
                if (File.Exists(file)) File.Copy(file, Path.Combine(folder, name));
            }
            return;
        }
        bool isJson = source.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        File.Copy(source, Path.Combine(folder, isJson ? "tokenizer.json" : "spiece.model"));
    }

    private static void WriteCard(string folder, string like, int seed, T5Config config)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            ---
            tags: [t5, random]
            ---
            # Random weights of {like}'s size

            This model was never trained. `crosspt new-model` drew its {config.WeightCount:0} weights at random
            (seed {seed}), to try configurations, speed and memory without a download. Its predictions mean nothing.

            """);
        AtomicFile.Write(Path.Combine(folder, CardName), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
