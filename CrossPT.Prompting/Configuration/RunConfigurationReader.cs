using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads a run's configuration, key by key.</summary>
internal static class RunConfigurationReader
{
    /// <summary>The learning rates there are.</summary>
    public static readonly string[] RateKeys = ["source", "private", "target", "router", "update", "model"];

    public static readonly string[] Keys =
    [
        "model", "method", "tasks", "eachTask", "sources", "seed", "prompt", "router", "training", "evaluation", "data",
        "out",
    ];
    public static readonly string[] TrainingKeys =
    [
        "steps", "batch", "batching", "optimizer", "learningRate", "warmup", "clip", "clipScope", "weightDecay",
        "dropout", "evaluateEvery", "patience", "selection", "checkpointEvery",
    ];
    public static readonly string[] EvaluationKeys =
        ["examples", "batch", "by", "verifyReload", "split", "prefixes", "contribution"];
    public static readonly string[] DataKeys = ["folder", "tokenizer", "sourceLength"];

    private const int Largest = RunConfiguration.Largest;

    /// <summary>Reads a configuration.</summary>
    /// <param name="value">The whole of it.</param>
    /// <param name="name">Name of the run.</param>
    /// <param name="place">What messages about the configuration as a whole name.</param>
    /// <param name="isRecord">Whether a run has been trained with it, by rules that may have been laxer then.</param>
    public static RunConfiguration Read(ConfigValue value, string name, string place, bool isRecord = false)
    {
        ConfigSection root = value.AsSection().Only(Keys);
        ConfigValue modelText = root.Require("model", "a model folder or name");
        string model = modelText.AsPath();
        MethodDefinition method = ReadMethod(root);
        method.Check(value);
        ConfigValue tasks = root.Require("tasks", "a list of tasks");
        TaskSettings[] selections = TaskListReader.Read(tasks, root.Section("eachTask"));
        ConfigSection merged = ConfigMerge.Merge(value, method.Settings).AsSection();
        TrainingSettings training = ReadTraining(merged.Section("training"), tasks, isRecord);
        RunConfiguration configuration = new()
        {
            Name = name,
            Place = place,
            Model = model,
            ModelText = modelText.AsString(),
            Method = method,
            Tasks = selections,
            Sources = SourceListReader.Read(root, method, selections),
            Seed = root.TryGet("seed", out ConfigValue? seed) ? seed.AsInt64(0) : 1,
            Prompt = PromptSettingsReader.Read(merged.Section("prompt")),
            Router = RouterSettingsReader.Read(merged.Section("router")),
            Training = training,
            Evaluation = ReadEvaluation(root.Section("evaluation"), method, training),
            Data = ReadData(root.Section("data")),
            Out = root.TryGet("out", out ConfigValue? folder) ? folder.AsPath() : null,
        };
        CheckMeasuredStarts(configuration, root);
        return configuration;
    }

    /// <summary>
    /// What starts from the model's losses behind the source prompts needs ones that were trained: behind random
    /// numbers a loss says nothing.
    /// </summary>
    private static void CheckMeasuredStarts(RunConfiguration configuration, ConfigSection root)
    {
        bool evidence = configuration.Router.Start == RouterStart.Evidence;
        bool best = configuration.Prompt.Private.Start is { Kind: PromptStart.Source, Source: StartSettings.Best };
        int random = configuration.Sources.Count(static source => source.Origin == SourceOrigin.Random),
            measured = configuration.Sources.Count - random;
        if (!(evidence && (random > 0 || measured == 0)) && !(best && measured == 0)) return;
        string start = evidence ? "router.start \"evidence\"" : "prompt.private.start.source \"best\"";
        string found = configuration.Sources.Count == 0 ? "no source prompt"
            : $"{random} of {configuration.Sources.Count} source prompts from random numbers";
        throw new ConfigurationException(
            root.TryGet("sources", out ConfigValue? sources) ? sources.Place : root.Value.Place,
            $"sources: {start} with {found}, expected ones that were trained (prompt files, or {{ \"train\": TASK }}), or another start");
    }

    private static MethodDefinition ReadMethod(ConfigSection root)
    {
        if (!root.TryGet("method", out ConfigValue? value))
            return MethodDefinition.Find(RunConfiguration.DefaultMethod);
        return MethodDefinition.Find(value.AsChoice([.. MethodDefinition.Names]));
    }

    private static TrainingSettings ReadTraining(ConfigSection section, ConfigValue tasks, bool isRecord)
    {
        section.Only(TrainingKeys);
        TrainingSettings defaults = new();
        ConfigSection rates = section.Section("learningRate").Only(RateKeys);
        int steps = section.Int32("steps", defaults.Steps, 1, 1 << 30);
        PromptSelection selection = section.Choice("selection", "last", "best") == "best" ? PromptSelection.Best
            : PromptSelection.Last;
        int patience = section.Int32("patience", 0, 0, 1 << 30);
        // To choose or to stop, it must look now and then: ten times where the configuration does not say how often.
        int looks = selection == PromptSelection.Best || patience > 0 ? Math.Max(1, steps / 10) : 0;
        TrainingSettings training = new()
        {
            Steps = steps,
            Batch = section.Int32("batch", defaults.Batch, 1, Largest),
            Batching = section.Choice("batching", "mixed", "per-task", "together") switch
            {
                "per-task" => Batching.PerTask,
                "together" => Batching.Together,
                _ => Batching.Mixed,
            },
            Optimizer = section.Choice("optimizer", "adamw", "adafactor") == "adamw" ? OptimizerKind.AdamW
                : OptimizerKind.Adafactor,
            SourceLearningRate = Rate(rates, "source"),
            PrivateLearningRate = Rate(rates, "private"),
            TargetLearningRate = Rate(rates, "target"),
            RouterLearningRate = Rate(rates, "router"),
            UpdateLearningRate = Rate(rates, "update"),
            ModelLearningRate = Rate(rates, "model"),
            Warmup = section.Double("warmup", defaults.Warmup, 0, 1),
            Clip = section.Double("clip", defaults.Clip, 0, 1e6),
            ClipScope = section.Choice("clipScope", "group", "global") == "group" ? ClipScope.Group : ClipScope.Global,
            WeightDecay = section.Double("weightDecay", defaults.WeightDecay, 0, 1e3),
            Dropout = section.TryGet("dropout", out ConfigValue? dropout) ? dropout.AsDouble(0, 0.999) : null,
            EvaluateEvery = section.Int32("evaluateEvery", looks, 0, 1 << 30),
            Patience = patience,
            Selection = selection,
            CheckpointEvery = section.Int32("checkpointEvery", defaults.CheckpointEvery, 0, 1 << 30),
        };
        if (training.EvaluateEvery == 0 && looks > 0)
        {
            section.TryGet("evaluateEvery", out ConfigValue? never);
            throw never!.Wrong("1 at least, for the best step or the end is chosen by evaluations");
        }
        if (!isRecord && training.EvaluateEvery > steps && section.TryGet("evaluateEvery", out ConfigValue? late))
            throw late.Wrong($"{steps} at most, the steps of the training");
        if (training.Batching == Batching.Mixed && training.Batch < tasks.Elements.Count)
        {
            string problem = $"training.batch: {training.Batch} examples for {tasks.Elements.Count} tasks, expected one of each at least";
            throw new ConfigurationException(
                section.TryGet("batch", out ConfigValue? batch) ? batch.Place : tasks.Place, problem);
        }
        return training;
    }

    private static double? Rate(ConfigSection rates, string name) => rates.TryGet(name, out ConfigValue? rate)
        ? rate.AsDouble(0, 1e3) : null;

    private static EvaluationSettings ReadEvaluation(
        ConfigSection section, MethodDefinition method, TrainingSettings training)
    {
        section.Only(EvaluationKeys);
        EvaluationSettings defaults = new();
        if (section.TryGet("contribution", out ConfigValue? contribution) && contribution.AsBoolean()
            && !method.HasPrompts)
            throw contribution.Wrong($"false, for the method \"{method.Name}\" has no prompt to leave parts of out");
        EvaluationSplit split = section.Choice("split", "test", "validation") == "validation"
            ? EvaluationSplit.Validation : EvaluationSplit.Test;
        if (split == EvaluationSplit.Validation && training.EvaluateEvery > 0
            && section.TryGet("split", out ConfigValue? rows))
            throw rows.Wrong("\"test\", for steps are chosen by validation rows already");
        return new EvaluationSettings
        {
            Split = split,
            Prefixes = section.TryGet("prefixes", out ConfigValue? prefixes) ? ReadPrefixes(prefixes)
                : defaults.Prefixes,
            Examples = section.TryGet("examples", out ConfigValue? examples) ? examples.AsInt32(1) : null,
            Batch = section.Int32("batch", defaults.Batch, 1, Largest),
            By = section.Choice("by", "ranked", "greedy") == "greedy" ? EvaluationMethod.Greedy
                : EvaluationMethod.Ranked,
            VerifyReload = section.Boolean("verifyReload", defaults.VerifyReload),
            Contribution = section.Boolean("contribution", defaults.Contribution),
        };
    }

    private static TaskPrefix[] ReadPrefixes(ConfigValue list)
    {
        TaskPrefix[] prefixes = [.. list.AsList().Select(TaskPrefix.Read)];
        return prefixes.Select(static prefix => prefix.Label).Distinct().Count() == prefixes.Length ? prefixes
            : throw list.Wrong("every prefix once");
    }

    private static DataSettings ReadData(ConfigSection section)
    {
        section.Only(DataKeys);
        return new DataSettings
        {
            Folder = section.TryGet("folder", out ConfigValue? folder) ? folder.AsPath() : null,
            Tokenizer = section.TryGet("tokenizer", out ConfigValue? tokenizer) ? tokenizer.AsPath() : null,
            SourceLength = section.Int32("sourceLength", new DataSettings().SourceLength, 2, Largest),
        };
    }
}
