using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Sizes of the model, under the names of Hugging Face's <c>config.json</c>.</summary>
public sealed record ModelSizes : ICheckedRecord
{
    private const int Largest = 1 << 24;

    /// <summary>Model width, H.</summary>
    [JsonPropertyName("d_model"), Range(1, 1 << 17)]
    public int ModelWidth { get; set; } = 512;

    /// <summary>Width of a head, D.</summary>
    [JsonPropertyName("d_kv"), Range(1, 1 << 14)]
    public int HeadWidth { get; set; } = 64;

    /// <summary>Feed-forward width, F.</summary>
    [JsonPropertyName("d_ff"), Range(1, 1 << 19)]
    public int FeedForwardWidth { get; set; } = 2048;

    /// <summary>Encoder blocks.</summary>
    [JsonPropertyName("num_layers"), Range(1, 4096)]
    public int EncoderLayers { get; set; } = 6;

    /// <summary>Decoder blocks.</summary>
    /// <value>The default is as many as encoder blocks.</value>
    [JsonPropertyName("num_decoder_layers"), Range(1, 4096)]
    public int? DecoderLayers { get; set; }

    /// <summary>Attention heads, N.</summary>
    [JsonPropertyName("num_heads"), Range(1, 1 << 12)]
    public int Heads { get; set; } = 8;

    /// <summary>Buckets of relative positions.</summary>
    [JsonPropertyName("relative_attention_num_buckets"), Range(4, 1 << 16)]
    public int RelativeBuckets { get; set; } = 32;

    /// <summary>Distance from which all positions share a bucket; above half the number of buckets.</summary>
    /// <value>The default is 128, or the least that the buckets allow.</value>
    [JsonPropertyName("relative_attention_max_distance"), Range(3, Largest)]
    public int? RelativeMaxDistance { get; set; }

    /// <summary>Added to the mean square in the norms.</summary>
    [JsonPropertyName("layer_norm_epsilon"), Range(0.0, 1.0)]
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>Scale of random weights.</summary>
    [JsonPropertyName("initializer_factor"), Range(0, 1e6)]
    public double InitializerFactor { get; set; } = 1;

    /// <summary>Whether the feed-forward layers are gated.</summary>
    [JsonPropertyName("feed_forward_proj"), Words("relu", "gated-gelu")]
    public bool IsGated { get; set; }

    /// <summary>Whether the head is the embedding.</summary>
    [JsonPropertyName("tie_word_embeddings")]
    public bool TieWordEmbeddings { get; set; } = true;

    /// <summary>The model's configuration, its vocabulary and special ids as in the published models.</summary>
    public T5Config ToConfig() => new()
    {
        ModelWidth = ModelWidth,
        HeadWidth = HeadWidth,
        FeedForwardWidth = FeedForwardWidth,
        EncoderLayers = EncoderLayers,
        DecoderLayers = DecoderLayers ?? EncoderLayers,
        Heads = Heads,
        RelativeBuckets = RelativeBuckets,
        RelativeMaxDistance = RelativeMaxDistance ?? 128,
        Epsilon = Epsilon,
        InitializerFactor = InitializerFactor,
        IsGated = IsGated,
        TieWordEmbeddings = TieWordEmbeddings,
    };

    void ICheckedRecord.Check(ConfigSection section)
    {
        int nearest = (RelativeBuckets / 2) + 1;
        DecoderLayers ??= EncoderLayers;
        RelativeMaxDistance ??= Math.Max(128, nearest);
        if (RelativeMaxDistance >= nearest) return;
        throw section.Require("relative_attention_max_distance", "a distance")
            .Wrong($"an integer from {nearest} to {Largest}");
    }
}

/// <summary>The built-in language in a mixture.</summary>
public sealed record LanguageSelection : ICheckedRecord
{
    /// <summary>Which language.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; set; } = 1;

    /// <summary>Share of its plain texts, with spans taken out; 0 leaves them away.</summary>
    [JsonPropertyName("texts"), Range(0, PretrainingConfiguration.LargestShare)]
    public double TextShare { get; set; } = 0.2;

    /// <summary>Share of its tasks; 0 leaves them away.</summary>
    [JsonPropertyName("tasks"), Range(0, PretrainingConfiguration.LargestShare)]
    public double TaskShare { get; set; } = 0.8;

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (TextShare + TaskShare == 0) throw section.Value.Wrong("\"texts\" or \"tasks\" with a share above 0");
    }
}

/// <summary>Text files in a mixture, for span corruption: UTF-8, each line a text.</summary>
public sealed record CorpusSelection : ICheckedRecord
{
    /// <summary>The files.</summary>
    [RequiredSetting("a list of text files"), FilePath]
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>Its share.</summary>
    [Range(1e-6, PretrainingConfiguration.LargestShare)]
    public double Share { get; set; } = 1;

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (Files.Count == 0) throw section.Require("files", "a list of text files").Wrong("one text file or more");
    }
}

/// <summary>A task in a mixture.</summary>
public sealed record PretrainingTaskSelection
{
    /// <summary>Declaration file.</summary>
    [RequiredSetting("a task declaration file"), FilePath]
    public string Declaration { get; set; } = "";

    /// <summary>Its rows, JSON lines.</summary>
    [JsonPropertyName("train"), RequiredSetting("a file of JSON lines"), FilePath]
    public string TrainFile { get; set; } = "";

    /// <summary>Text before each row's, which tells the model which task it is; may be empty.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Its share.</summary>
    [Range(1e-6, PretrainingConfiguration.LargestShare)]
    public double Share { get; set; } = 1;
}

/// <summary>The spans that are taken out of texts.</summary>
public sealed record SpanSettings
{
    /// <summary>Share of a text's tokens that is taken out.</summary>
    [Range(0.001, 0.999)]
    public double Density { get; set; } = 0.15;

    /// <summary>Mean length of what is taken out.</summary>
    [Range(1.0, 1000.0)]
    public double MeanLength { get; set; } = 3;
}

/// <summary>The configuration of pretraining.</summary>
public sealed record PretrainingConfiguration : ICheckedRecord
{
    internal const double LargestShare = 1e6;

    /// <summary>What messages about it as a whole name: its file.</summary>
    [JsonIgnore]
    public string Place { get; set; } = "configuration";

    /// <summary>The schema that editors check the file against; ignored.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Sizes of the model; vocabulary and special ids are the tokenizer's.</summary>
    [RequiredSetting("a section of sizes")]
    public ModelSizes Model { get; set; } = new();

    /// <summary>Tokenizer, a file or a model folder; null with the built-in language, which has its own.</summary>
    [FilePath]
    public string? Tokenizer { get; set; }

    /// <summary>The built-in language.</summary>
    public LanguageSelection? Language { get; set; }

    /// <summary>Text files.</summary>
    public CorpusSelection? Corpus { get; set; }

    /// <summary>Tasks.</summary>
    public IReadOnlyList<PretrainingTaskSelection> Tasks { get; set; } = [];

    /// <summary>The spans that are taken out of texts.</summary>
    public SpanSettings Spans { get; set; } = new();

    /// <summary>
    /// Largest number of tokens of a source: longer lines of a corpus give stretches, longer rows are cut.
    /// </summary>
    [Range(2, RunConfiguration.Largest)]
    public int SourceLength { get; set; } = 256;

    /// <summary>How it is trained.</summary>
    public PretrainingSettings Training { get; set; } = new();

    /// <summary>Seed of weights and batches.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; set; } = 1;

    /// <summary>Reads a configuration file and lays overrides over it.</summary>
    /// <exception cref="ConfigurationException">
    /// The file cannot be read, or a key or value is wrong; the message names the place.
    /// </exception>
    public static PretrainingConfiguration Load(string path, params IEnumerable<string> overrides)
    {
        PretrainingConfiguration configuration = new() { Place = path };
        ConfigSection section = ConfigReader.ReadFile(path, overrides).AsSection();
        ConfigRecord.Read(section, configuration, ConfigurationTypes.Default.PretrainingConfiguration);
        return configuration;
    }

    /// <summary>Writes every setting, paths in full.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ConfigJson.Write(json, ToValue());
    }

    /// <summary>
    /// Settings that differ from those of another configuration: <c>training.steps is 40, was 20</c>.
    /// </summary>
    internal IReadOnlyList<string> DifferencesFrom(PretrainingConfiguration before) =>
        SettingDifferences.Between(before.ToValue(), ToValue());

    void ICheckedRecord.Check(ConfigSection section)
    {
        string place = section.Value.Place;
        if (Language is not null && section.TryGet("tokenizer", out ConfigValue? tokenizer))
            throw tokenizer.Wrong("none beside \"language\", which has its own");
        if (Language is null && Corpus is null && Tasks.Count == 0)
        {
            throw new ConfigurationException(
                place, "nothing to train on, expected a \"corpus\", \"tasks\" or the built-in \"language\"");
        }
        if (Language is null && Tokenizer is null)
            throw new ConfigurationException(place, "no \"tokenizer\", expected a tokenizer file or a folder with one");
    }

    private ConfigValue ToValue() =>
        ConfigRecord.Write(this, ConfigurationTypes.Default.PretrainingConfiguration);
}
