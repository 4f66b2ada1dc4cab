using CrossPT.Prompting.Configuration;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Reads a pretraining configuration, key by key.</summary>
internal static class PretrainingConfigurationReader
{
    public static readonly string[] Keys =
        ["model", "tokenizer", "language", "corpus", "tasks", "spans", "sourceLength", "training", "seed"];
    public static readonly string[] ModelKeys =
    [
        "d_model", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "num_heads", "relative_attention_num_buckets",
        "relative_attention_max_distance", "layer_norm_epsilon", "initializer_factor", "feed_forward_proj",
        "tie_word_embeddings",
    ];
    public static readonly string[] SpanKeys = ["density", "meanLength"];
    public static readonly string[] LanguageKeys = ["seed", "texts", "tasks"];
    public static readonly string[] CorpusKeys = ["files", "share"];
    public static readonly string[] TaskKeys = ["declaration", "train", "prefix", "share"];
    public static readonly string[] TrainingKeys =
        ["steps", "batch", "learningRate", "warmup", "decayTo", "clip", "weightDecay", "checkpointEvery"];

    private const double LargestShare = 1e6;

    public static PretrainingConfiguration Read(ConfigValue value, string place)
    {
        ConfigSection root = value.AsSection().Only(Keys);
        T5Config model = ReadModel(root.Require("model", "a section of sizes").AsSection());
        string? tokenizer = root.TryGet("tokenizer", out ConfigValue? file) ? file.AsPath() : null;
        LanguageSelection? language = root.TryGet("language", out ConfigValue? section) ? ReadLanguage(section) : null;
        if (language is not null && tokenizer is not null) throw file!.Wrong("none beside \"language\", which has its own");
        CorpusSelection? corpus = root.TryGet("corpus", out ConfigValue? texts) ? ReadCorpus(texts.AsSection()) : null;
        PretrainingTaskSelection[] tasks = root.TryGet("tasks", out ConfigValue? list) ? [.. list.AsList().Select(ReadTask)] : [];
        if (language is null && corpus is null && tasks.Length == 0)
            throw new ConfigurationException(value.Place, "nothing to train on, expected a \"corpus\", \"tasks\" or the built-in \"language\"");
        if (language is null && tokenizer is null)
            throw new ConfigurationException(value.Place, "no \"tokenizer\", expected a tokenizer file or a folder with one");
        ConfigSection spans = root.Section("spans").Only(SpanKeys);
        PretrainingConfiguration defaults = new() { Model = model };
        return defaults with
        {
            Place = place,
            Tokenizer = tokenizer,
            Language = language,
            Corpus = corpus,
            Tasks = tasks,
            NoiseDensity = spans.Double("density", defaults.NoiseDensity, 0.001, 0.999),
            MeanSpanLength = spans.Double("meanLength", defaults.MeanSpanLength, 1, 1000),
            SourceLength = root.Int32("sourceLength", defaults.SourceLength, 2, RunConfiguration.Largest),
            Training = ReadTraining(root.Section("training")),
            Seed = root.TryGet("seed", out ConfigValue? seed) ? seed.AsInt64(0) : defaults.Seed,
        };
    }

    /// <summary>Sizes under the names of Hugging Face's <c>config.json</c>.</summary>
    private static T5Config ReadModel(ConfigSection section)
    {
        section.Only(ModelKeys);
        T5Config defaults = new();
        int layers = section.Int32("num_layers", defaults.EncoderLayers, 1, 4096);
        int buckets = section.Int32("relative_attention_num_buckets", defaults.RelativeBuckets, 4, 1 << 16);
        int nearest = (buckets / 2) + 1;
        return new T5Config
        {
            ModelWidth = section.Int32("d_model", defaults.ModelWidth, 1, 1 << 17),
            HeadWidth = section.Int32("d_kv", defaults.HeadWidth, 1, 1 << 14),
            FeedForwardWidth = section.Int32("d_ff", defaults.FeedForwardWidth, 1, 1 << 19),
            EncoderLayers = layers,
            DecoderLayers = section.Int32("num_decoder_layers", layers, 1, 4096),
            Heads = section.Int32("num_heads", defaults.Heads, 1, 1 << 12),
            RelativeBuckets = buckets,
            RelativeMaxDistance = section.Int32("relative_attention_max_distance", Math.Max(defaults.RelativeMaxDistance, nearest), nearest, 1 << 24),
            Epsilon = section.Double("layer_norm_epsilon", defaults.Epsilon, 0, 1),
            InitializerFactor = section.Double("initializer_factor", defaults.InitializerFactor, 0, 1e6),
            IsGated = section.Choice("feed_forward_proj", "relu", "gated-gelu") == "gated-gelu",
            TieWordEmbeddings = section.Boolean("tie_word_embeddings", defaults.TieWordEmbeddings),
        };
    }

    private static LanguageSelection ReadLanguage(ConfigValue value)
    {
        ConfigSection section = value.AsSection().Only(LanguageKeys);
        LanguageSelection language = new(
            section.TryGet("seed", out ConfigValue? seed) ? seed.AsInt64(0) : 1,
            section.Double("texts", 0.2, 0, LargestShare),
            section.Double("tasks", 0.8, 0, LargestShare));
        return language.TextShare + language.TaskShare > 0 ? language : throw value.Wrong("\"texts\" or \"tasks\" with a share above 0");
    }

    private static CorpusSelection ReadCorpus(ConfigSection section)
    {
        section.Only(CorpusKeys);
        ConfigValue list = section.Require("files", "a list of text files");
        string[] files = [.. list.AsList().Select(static file => file.AsPath())];
        return files.Length > 0 ? new CorpusSelection(files, ReadShare(section)) : throw list.Wrong("one text file or more");
    }

    private static PretrainingTaskSelection ReadTask(ConfigValue value)
    {
        ConfigSection section = value.AsSection().Only(TaskKeys);
        return new PretrainingTaskSelection(
            section.Require("declaration", "a task declaration file").AsPath(), section.Require("train", "a file of JSON lines").AsPath(),
            section.TryGet("prefix", out ConfigValue? prefix) ? prefix.AsString() : "", ReadShare(section));
    }

    private static double ReadShare(ConfigSection section) => section.Double("share", 1, 1e-6, LargestShare);

    private static PretrainingSettings ReadTraining(ConfigSection section)
    {
        section.Only(TrainingKeys);
        PretrainingSettings defaults = new();
        return new PretrainingSettings
        {
            Steps = section.Int32("steps", defaults.Steps, 1, 1 << 30),
            Batch = section.Int32("batch", defaults.Batch, 1, RunConfiguration.Largest),
            LearningRate = section.Double("learningRate", defaults.LearningRate, 0, 1e3),
            Warmup = section.Double("warmup", defaults.Warmup, 0, 1),
            DecayTo = section.Double("decayTo", defaults.DecayTo, 0, 1),
            Clip = section.Double("clip", defaults.Clip, 0, 1e6),
            WeightDecay = section.Double("weightDecay", defaults.WeightDecay, 0, 1e3),
            CheckpointEvery = section.Int32("checkpointEvery", defaults.CheckpointEvery, 1, 1 << 30),
        };
    }
}
