using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Writes a configuration with every setting, as <see cref="PretrainingConfigurationReader"/> takes it; paths in full.</summary>
internal static class PretrainingConfigurationWriter
{
    public static void Write(Utf8JsonWriter json, PretrainingConfiguration configuration)
    {
        json.WriteStartObject();
        WriteModel(json, configuration.Model);
        if (configuration.Tokenizer is { } tokenizer) json.WriteString("tokenizer", Path.GetFullPath(tokenizer));
        WriteMixture(json, configuration);
        json.WriteStartObject("spans");
        json.WriteNumber("density", configuration.NoiseDensity);
        json.WriteNumber("meanLength", configuration.MeanSpanLength);
        json.WriteEndObject();
        json.WriteNumber("sourceLength", configuration.SourceLength);
        json.WriteStartObject("training");
        json.WriteNumber("steps", configuration.Training.Steps);
        json.WriteNumber("batch", configuration.Training.Batch);
        json.WriteNumber("learningRate", configuration.Training.LearningRate);
        json.WriteNumber("warmup", configuration.Training.Warmup);
        json.WriteNumber("decayTo", configuration.Training.DecayTo);
        json.WriteNumber("clip", configuration.Training.Clip);
        json.WriteNumber("weightDecay", configuration.Training.WeightDecay);
        json.WriteNumber("checkpointEvery", configuration.Training.CheckpointEvery);
        json.WriteEndObject();
        json.WriteNumber("seed", configuration.Seed);
        json.WriteEndObject();
    }

    /// <summary>Keys whose values differ between what was written and another configuration; one says what it was and what it is.</summary>
    public static IReadOnlyList<string> Differences(ConfigValue written, PretrainingConfiguration now)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes)) Write(json, now);
        SortedDictionary<string, string> before = new(StringComparer.Ordinal), after = new(StringComparer.Ordinal);
        Flatten(written, before);
        Flatten(ConfigReader.Read(bytes.ToArray(), now.Place, ""), after);
        return [.. before.Keys.Union(after.Keys).Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key)).Select(key =>
            $"{key} was {before.GetValueOrDefault(key, "absent")} and is {after.GetValueOrDefault(key, "absent")}")];
    }

    private static void Flatten(ConfigValue value, SortedDictionary<string, string> into)
    {
        foreach ((_, ConfigValue member) in value.Members) Flatten(member, into);
        foreach (ConfigValue element in value.Elements) Flatten(element, into);
        if (value.Kind is not (ConfigKind.Section or ConfigKind.List)) into[value.Key] = value.Describe();
    }

    private static void WriteModel(Utf8JsonWriter json, T5Config model)
    {
        json.WriteStartObject("model");
        json.WriteNumber("d_model", model.ModelWidth);
        json.WriteNumber("d_kv", model.HeadWidth);
        json.WriteNumber("d_ff", model.FeedForwardWidth);
        json.WriteNumber("num_layers", model.EncoderLayers);
        json.WriteNumber("num_decoder_layers", model.DecoderLayers);
        json.WriteNumber("num_heads", model.Heads);
        json.WriteNumber("relative_attention_num_buckets", model.RelativeBuckets);
        json.WriteNumber("relative_attention_max_distance", model.RelativeMaxDistance);
        json.WriteNumber("layer_norm_epsilon", model.Epsilon);
        json.WriteNumber("initializer_factor", model.InitializerFactor);
        json.WriteString("feed_forward_proj", model.IsGated ? "gated-gelu" : "relu");
        json.WriteBoolean("tie_word_embeddings", model.TieWordEmbeddings);
        json.WriteEndObject();
    }

    private static void WriteMixture(Utf8JsonWriter json, PretrainingConfiguration configuration)
    {
        if (configuration.Language is { } language)
        {
            json.WriteStartObject("language");
            json.WriteNumber("seed", language.Seed);
            json.WriteNumber("texts", language.TextShare);
            json.WriteNumber("tasks", language.TaskShare);
            json.WriteEndObject();
        }
        if (configuration.Corpus is { } corpus)
        {
            json.WriteStartObject("corpus");
            json.WriteStartArray("files");
            foreach (string file in corpus.Files) json.WriteStringValue(Path.GetFullPath(file));
            json.WriteEndArray();
            json.WriteNumber("share", corpus.Share);
            json.WriteEndObject();
        }
        json.WriteStartArray("tasks");
        foreach (PretrainingTaskSelection task in configuration.Tasks)
        {
            json.WriteStartObject();
            json.WriteString("declaration", Path.GetFullPath(task.Declaration));
            json.WriteString("train", Path.GetFullPath(task.TrainFile));
            json.WriteString("prefix", task.Prefix);
            json.WriteNumber("share", task.Share);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
