using System.Text.Json;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Configuration;

/// <summary>Writes a configuration with every setting, as <see cref="RunConfigurationReader"/> takes it; paths in full.</summary>
internal static class RunConfigurationWriter
{
    public static void Write(Utf8JsonWriter json, RunConfiguration configuration)
    {
        json.WriteStartObject();
        json.WriteString("model", configuration.IsModelNamed ? configuration.ModelText : Path.GetFullPath(configuration.Model));
        json.WriteString("method", configuration.Method.Name);
        json.WriteStartArray("tasks");
        foreach (TaskSettings task in configuration.Tasks) task.Write(json);
        json.WriteEndArray();
        if (configuration.Sources.Count > 0)
        {
            json.WriteStartArray("sources");
            foreach (SourceSelection source in configuration.Sources) Write(json, source);
            json.WriteEndArray();
        }
        json.WriteNumber("seed", configuration.Seed);
        SettingsWriter settings = new(json, configuration.Method);
        settings.Write(configuration.Prompt);
        settings.Write(configuration.Router);
        // With every rate a number: what the run was trained with, not what was left open.
        Write(json, configuration.Training.Resolve(configuration.Prompt), configuration.Method);
        json.WriteStartObject("evaluation");
        if (configuration.Evaluation.Examples is { } examples) json.WriteNumber("examples", examples);
        json.WriteNumber("batch", configuration.Evaluation.Batch);
        json.WriteString("by", SettingsWriter.Spell(configuration.Evaluation.By));
        json.WriteBoolean("verifyReload", configuration.Evaluation.VerifyReload);
        json.WriteString("split", SettingsWriter.Spell(configuration.Evaluation.Split));
        if (configuration.Evaluation.Prefixes.Count > 0)
        {
            json.WriteStartArray("prefixes");
            foreach (TaskPrefix prefix in configuration.Evaluation.Prefixes) prefix.Write(json);
            json.WriteEndArray();
        }
        json.WriteBoolean("contribution", configuration.Evaluation.Contribution);
        json.WriteEndObject();
        json.WriteStartObject("data");
        WritePath(json, "folder", configuration.Data.Folder);
        WritePath(json, "tokenizer", configuration.Data.Tokenizer);
        json.WriteNumber("sourceLength", configuration.Data.SourceLength);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SourceSelection source)
    {
        json.WriteStartObject();
        if (source.Origin == SourceOrigin.Random) json.WriteString("random", source.Name);
        else
        {
            WritePath(json, "file", source.File);
            if (source.Task is { } task)
            {
                json.WritePropertyName("train");
                task.Write(json);
            }
            json.WriteString("name", source.Name);
            if (source.Steps is { } steps) json.WriteNumber("steps", steps);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TrainingSettings training, MethodDefinition method)
    {
        json.WriteStartObject("training");
        json.WriteNumber("steps", training.Steps);
        json.WriteNumber("batch", training.Batch);
        json.WriteString("batching", SettingsWriter.Spell(training.Batching));
        json.WriteString("optimizer", training.Optimizer == OptimizerKind.AdamW ? "adamw" : "adafactor");
        json.WriteStartObject("learningRate");
        foreach (string name in method.Rates)
        {
            ParameterRole role = Enum.Parse<ParameterRole>(name, ignoreCase: true);
            json.WriteNumber(name, training.LearningRate(role));
        }
        json.WriteEndObject();
        json.WriteNumber("warmup", training.Warmup);
        json.WriteNumber("clip", training.Clip);
        json.WriteString("clipScope", SettingsWriter.Spell(training.ClipScope));
        json.WriteNumber("weightDecay", training.WeightDecay);
        if (training.Dropout is { } dropout) json.WriteNumber("dropout", dropout);
        json.WriteNumber("evaluateEvery", training.EvaluateEvery);
        json.WriteNumber("patience", training.Patience);
        json.WriteString("selection", SettingsWriter.Spell(training.Selection));
        json.WriteNumber("checkpointEvery", training.CheckpointEvery);
        json.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter json, string key, string? path)
    {
        if (path is not null) json.WriteString(key, Path.GetFullPath(path));
    }
}
