using CrossPT.Prompting.Configuration;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Pretraining;

/// <summary>The built-in language in a mixture.</summary>
/// <param name="Seed">Which language.</param>
/// <param name="TextShare">Share of its plain texts, with spans taken out; 0 leaves them away.</param>
/// <param name="TaskShare">Share of its tasks; 0 leaves them away.</param>
public sealed record LanguageSelection(long Seed, double TextShare, double TaskShare);

/// <summary>Text files in a mixture, for span corruption: UTF-8, each line a text.</summary>
/// <param name="Files">The files.</param>
/// <param name="Share">Its share.</param>
public sealed record CorpusSelection(IReadOnlyList<string> Files, double Share);

/// <summary>A task in a mixture.</summary>
/// <param name="Declaration">Declaration file.</param>
/// <param name="TrainFile">Its rows, JSON lines.</param>
/// <param name="Prefix">Text before each row's, which tells the model which task it is; may be empty.</param>
/// <param name="Share">Its share.</param>
public sealed record PretrainingTaskSelection(string Declaration, string TrainFile, string Prefix, double Share);

/// <summary>Everything pretraining is told.</summary>
public sealed record PretrainingConfiguration
{
    /// <summary>What messages about it as a whole name: its file.</summary>
    public string Place { get; init; } = "configuration";

    /// <summary>Sizes of the model; vocabulary and special ids are the tokenizer's.</summary>
    public required T5Config Model { get; init; }

    /// <summary>Tokenizer, a file or a model folder; null with the built-in language, which has its own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The built-in language, or null.</summary>
    public LanguageSelection? Language { get; init; }

    /// <summary>Text files, or null.</summary>
    public CorpusSelection? Corpus { get; init; }

    /// <summary>Tasks.</summary>
    public IReadOnlyList<PretrainingTaskSelection> Tasks { get; init; } = [];

    /// <summary>Share of a text's tokens that is taken out.</summary>
    /// <value>The default is 0.15.</value>
    public double NoiseDensity { get; init; } = 0.15;

    /// <summary>Mean length of what is taken out.</summary>
    /// <value>The default is 3.</value>
    public double MeanSpanLength { get; init; } = 3;

    /// <summary>Tokens of a source at most: longer lines of a corpus give stretches, longer rows of tasks are cut.</summary>
    /// <value>The default is 256.</value>
    public int SourceLength { get; init; } = 256;

    /// <summary>How it is trained.</summary>
    public PretrainingSettings Training { get; init; } = new();

    /// <summary>What weights and batches come from.</summary>
    /// <value>The default is 1.</value>
    public long Seed { get; init; } = 1;

    /// <summary>Reads a configuration file and lays overrides over it.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or a key or value is wrong; the message names the place.</exception>
    public static PretrainingConfiguration Load(string path, params IEnumerable<string> overrides) =>
        PretrainingConfigurationReader.Read(ConfigReader.ReadFile(path, overrides), path);
}
