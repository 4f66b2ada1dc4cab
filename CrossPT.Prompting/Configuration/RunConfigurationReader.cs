using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads a run's configuration, key by key.</summary>
internal static class RunConfigurationReader
{
    private const int Largest = RunConfiguration.Largest;

    public static RunConfiguration Read(ConfigValue value, string name, string place)
    {
        ConfigSection root = value.AsSection().Only("model", "method", "tasks", "sources", "seed", "prompt", "router", "training", "evaluation", "data", "out");
        string model = root.Require("model", "a model folder").AsPath();
        string method = root.Choice("method", RunConfiguration.CrossPromptMethod);
        ConfigValue tasks = root.Require("tasks", "a list of tasks"), sources = root.Require("sources", "a list of source prompts");
        return new RunConfiguration
        {
            Name = name,
            Place = place,
            Model = model,
            Method = method,
            Tasks = ReadTasks(tasks),
            Sources = ReadSources(sources),
            Seed = root.TryGet("seed", out ConfigValue? seed) ? seed.AsInt64(0) : 1,
            Prompt = ReadPrompt(root.Section("prompt")),
            Router = ReadRouter(root.Section("router")),
            Training = ReadTraining(root.Section("training"), tasks),
            Evaluation = ReadEvaluation(root.Section("evaluation")),
            Data = ReadData(root.Section("data")),
            Out = root.TryGet("out", out ConfigValue? folder) ? folder.AsPath() : null,
        };
    }

    private static TaskSelection[] ReadTasks(ConfigValue list)
    {
        List<TaskSelection> tasks = [];
        foreach (ConfigValue value in list.AsList())
        {
            ConfigSection section = value.AsSection().Only("name", "shots", "declaration", "train", "validation");
            string? declaration = section.TryGet("declaration", out ConfigValue? file) ? file.AsPath() : null;
            ConfigValue nameValue = section.Require("name", "the name of a task");
            string name = nameValue.AsString();
            if (declaration is null && !BuiltInTasks.Names.Contains(name))
                throw nameValue.Wrong($"a built-in task ({string.Join(", ", BuiltInTasks.Names)}), or a \"declaration\" beside it");
            if (tasks.Any(task => task.Name == name)) throw nameValue.Wrong("a task that is not there already");
            tasks.Add(new TaskSelection(name, section.Int32("shots", 32, 1, Largest))
            {
                Declaration = declaration,
                TrainFile = section.TryGet("train", out ConfigValue? train) ? train.AsPath() : null,
                ValidationFile = section.TryGet("validation", out ConfigValue? validation) ? validation.AsPath() : null,
            });
        }
        return tasks.Count > 0 ? [.. tasks] : throw list.Wrong("one task or more");
    }

    private static SourceSelection[] ReadSources(ConfigValue list)
    {
        List<SourceSelection> sources = [];
        foreach (ConfigValue value in list.AsList())
        {
            SourceSelection source;
            if (value.Kind == ConfigKind.Section)
            {
                ConfigSection section = value.AsSection().Only("file", "name");
                string file = section.Require("file", "a prompt file").AsPath();
                source = new SourceSelection(section.TryGet("name", out ConfigValue? name) ? name.AsString() : SourcePrompt.NameOf(file), file);
                if (source.Name.Length == 0) throw name!.Wrong("a name");
            }
            else
            {
                if (value.Kind != ConfigKind.String) throw value.Wrong("a prompt file, or a section with \"file\" and \"name\"");
                source = new SourceSelection(SourcePrompt.NameOf(value.AsPath()), value.AsPath());
            }
            if (sources.Any(other => other.Name == source.Name))
                {
                throw new ConfigurationException(
                    value.Place, $"{value.Key}: a second source prompt called \"{source.Name}\", expected another name: {{ \"file\": …, \"name\": … }}");
            }
            sources.Add(source);
        }
        // Never silently without: random source prompts would not be the method.
        return sources.Count > 0 ? [.. sources] : throw list.Wrong("one source prompt or more");
    }

    private static PromptSettings ReadPrompt(ConfigSection section)
    {
        section.Only("length", "sourceScale", "private");
        ConfigSection own = section.Section("private").Only("start");
        PromptSettings prompt = new()
        {
            Length = section.TryGet("length", out ConfigValue? length) ? length.AsInt32(1, Largest) : null,
            Sources = new SourceSettings { Scale = section.Choice("sourceScale", "mean", "vocabulary", "none") switch
            {
                "vocabulary" => SourceScale.Vocabulary,
                "none" => SourceScale.None,
                _ => SourceScale.Mean,
            } },
            Private = new PrivateSettings { Start = new StartSettings { Kind = own.Choice("start", "zero", "uniform", "vocabulary") switch
            {
                "uniform" => PromptStart.Uniform,
                "vocabulary" => PromptStart.Vocabulary,
                _ => PromptStart.Zero,
            } } },
        };
        return prompt;
    }

    private static RouterSettings ReadRouter(ConfigSection section)
    {
        section.Only("temperature");
        return new RouterSettings { Temperature = section.Double("temperature", 1, 1e-3, 1e3) };
    }

    private static TrainingSettings ReadTraining(ConfigSection section, ConfigValue tasks)
    {
        section.Only("steps", "batch", "learningRate", "warmup", "clip", "weightDecay", "dropout", "checkpointEvery");
        TrainingSettings defaults = new();
        ConfigSection rates = section.Section("learningRate").Only("private", "router");
        TrainingSettings training = new()
        {
            Steps = section.Int32("steps", defaults.Steps, 1, 1 << 30),
            Batch = section.Int32("batch", defaults.Batch, 1, Largest),
            PrivateLearningRate = rates.TryGet("private", out _) ? rates.Double("private", 0, 0, 1e3) : null,
            RouterLearningRate = rates.TryGet("router", out _) ? rates.Double("router", 0, 0, 1e3) : null,
            Warmup = section.Double("warmup", defaults.Warmup, 0, 1),
            Clip = section.Double("clip", defaults.Clip, 0, 1e6),
            WeightDecay = section.Double("weightDecay", defaults.WeightDecay, 0, 1e3),
            Dropout = section.TryGet("dropout", out _) ? section.Double("dropout", 0, 0, 0.999) : null,
            CheckpointEvery = section.Int32("checkpointEvery", defaults.CheckpointEvery, 0, 1 << 30),
        };
        if (training.Batch < tasks.Elements.Count)
        {
            string problem = $"training.batch: {training.Batch} examples for {tasks.Elements.Count} tasks, expected one of each at least";
            throw new ConfigurationException(section.TryGet("batch", out ConfigValue? batch) ? batch.Place : tasks.Place, problem);
        }
        return training;
    }

    private static EvaluationSettings ReadEvaluation(ConfigSection section)
    {
        section.Only("examples", "batch", "verifyReload");
        EvaluationSettings defaults = new();
        return new EvaluationSettings
        {
            Examples = section.TryGet("examples", out ConfigValue? examples) ? examples.AsInt32(1) : null,
            Batch = section.Int32("batch", defaults.Batch, 1, Largest),
            VerifyReload = section.Boolean("verifyReload", defaults.VerifyReload),
        };
    }

    private static DataSettings ReadData(ConfigSection section)
    {
        section.Only("folder", "tokenizer", "sourceLength");
        return new DataSettings
        {
            Folder = section.TryGet("folder", out ConfigValue? folder) ? folder.AsPath() : null,
            Tokenizer = section.TryGet("tokenizer", out ConfigValue? tokenizer) ? tokenizer.AsPath() : null,
            SourceLength = section.Int32("sourceLength", new DataSettings().SourceLength, 2, Largest),
        };
    }
}
