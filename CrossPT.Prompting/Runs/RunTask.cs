using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A task of a run with its examples: the few to train on, and those to evaluate on.</summary>
internal sealed record RunTask(TaskCodec Codec, IReadOnlyList<EncodedExample> Training, IReadOnlyList<TaskExample> Validation)
{
    public static RunTask Load(RunConfiguration configuration, TaskSelection selection, ITokenizer tokenizer, T5Config config)
    {
        TaskDeclaration task = selection.Declaration is null
            ? BuiltInTasks.Find(selection.Name) ?? throw new ConfigurationException(configuration.Place, $"no task '{selection.Name}' is built in")
            : TaskDeclaration.Load(selection.Declaration).WithName(selection.Name);
        try
        {
            TaskCodec codec = new(task, tokenizer, config, configuration.Data.SourceLength);
            TaskExample[] training = LoadTraining(configuration, selection, task), validation = LoadValidation(configuration, selection, task);
            return new RunTask(codec, [.. training.Select(codec.Encode)], validation);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"tasks: {error.Message.TrimEnd('.')}", error);
        }
    }

    private static TaskExample[] LoadTraining(RunConfiguration configuration, TaskSelection selection, TaskDeclaration task)
    {
        string file = FileOf(configuration, selection, "train", selection.TrainFile, task.TrainFile);
        TaskExample[] rows = TaskData.Read(file, task);
        if (selection.Shots > rows.Length)
            throw new TaskDataException(file, $"has {rows.Length} rows, expected the {selection.Shots} shots of the task '{task.Name}' at least");
        int[] labels = Array.ConvertAll(rows, static row => row.Label);
        int[] places = FewShotSampler.Sample(labels, task.Labels.Count, selection.Shots, (ulong)configuration.Seed, task.Name);
        return Array.ConvertAll(places, place => rows[place]);
    }

    private static TaskExample[] LoadValidation(RunConfiguration configuration, TaskSelection selection, TaskDeclaration task)
    {
        TaskExample[] rows = TaskData.Read(FileOf(configuration, selection, "validation", selection.ValidationFile, task.ValidationFile), task);
        if (configuration.Evaluation.Examples is not { } most || most >= rows.Length) return rows;
        // The first of a file are often of one label or one source.
        new CounterRandom((ulong)configuration.Seed, RandomStreams.Of("validation", task.Name)).Shuffle(rows.AsSpan());
        return rows[..most];
    }

    private static string FileOf(RunConfiguration configuration, TaskSelection selection, string key, string? own, string? declared)
    {
        if (own is not null) return own;
        if (declared is not null && configuration.Data.Folder is not null) return Path.Combine(configuration.Data.Folder, declared);
        throw new ConfigurationException(
            configuration.Place,
            declared is null
                ? $"the task '{selection.Name}' has no \"{key}\" file, expected one beside its name or in its declaration"
                : $"the task '{selection.Name}' has no \"{key}\" file, expected one beside its name, or data.folder with {declared} in it");
    }
}
