using System.Text.Json;

namespace CrossPT.Prompting.Configuration;

/// <summary>Writes a configuration with every setting, as <see cref="RunConfigurationReader"/> takes it; paths in full.</summary>
internal static class RunConfigurationWriter
{
    public static void Write(Utf8JsonWriter json, RunConfiguration configuration)
    {
        json.WriteStartObject();
        json.WriteString("model", Path.GetFullPath(configuration.Model));
        json.WriteString("method", configuration.Method);
        json.WriteStartArray("tasks");
        foreach (TaskSelection task in configuration.Tasks)
        {
            json.WriteStartObject();
            json.WriteString("name", task.Name);
            json.WriteNumber("shots", task.Shots);
            WritePath(json, "declaration", task.Declaration);
            WritePath(json, "train", task.TrainFile);
            WritePath(json, "validation", task.ValidationFile);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("sources");
        foreach (SourceSelection source in configuration.Sources)
        {
            json.WriteStartObject();
            json.WriteString("file", Path.GetFullPath(source.File));
            json.WriteString("name", source.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("seed", configuration.Seed);
        WriteMethod(json, configuration);
        WriteTraining(json, configuration);
        json.WriteStartObject("evaluation");
        if (configuration.Evaluation.Examples is { } examples) json.WriteNumber("examples", examples);
        json.WriteNumber("batch", configuration.Evaluation.Batch);
        json.WriteBoolean("verifyReload", configuration.Evaluation.VerifyReload);
        json.WriteEndObject();
        json.WriteStartObject("data");
        WritePath(json, "folder", configuration.Data.Folder);
        WritePath(json, "tokenizer", configuration.Data.Tokenizer);
        json.WriteNumber("sourceLength", configuration.Data.SourceLength);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMethod(Utf8JsonWriter json, RunConfiguration configuration)
    {
        json.WriteStartObject("prompt");
        if (configuration.Prompt.Length is { } length) json.WriteNumber("length", length);
        json.WriteString("sourceScale", Word(configuration.Prompt.Sources.Scale));
        json.WriteStartObject("private");
        json.WriteString("start", Word(configuration.Prompt.Private.Start.Kind));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("router");
        json.WriteNumber("temperature", configuration.Router.Temperature);
        json.WriteEndObject();
    }

    private static void WriteTraining(Utf8JsonWriter json, RunConfiguration configuration)
    {
        Training.TrainingSettings training = configuration.Training;
        json.WriteStartObject("training");
        json.WriteNumber("steps", training.Steps);
        json.WriteNumber("batch", training.Batch);
        json.WriteStartObject("learningRate");
        if (training.PrivateLearningRate is { } own) json.WriteNumber("private", own);
        if (training.RouterLearningRate is { } router) json.WriteNumber("router", router);
        json.WriteEndObject();
        json.WriteNumber("warmup", training.Warmup);
        json.WriteNumber("clip", training.Clip);
        json.WriteNumber("weightDecay", training.WeightDecay);
        if (training.Dropout is { } dropout) json.WriteNumber("dropout", dropout);
        json.WriteNumber("checkpointEvery", training.CheckpointEvery);
        json.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter json, string key, string? path)
    {
        if (path is not null) json.WriteString(key, Path.GetFullPath(path));
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
