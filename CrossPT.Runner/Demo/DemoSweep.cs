using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tracking;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Demo;

/// <summary>
/// What the demo came to as the folder of a sweep: <c>sweep.json</c>, and for every method and seed a run folder as
/// <c>train</c> leaves it, which <c>report</c>, <c>predict</c> and <c>prompts</c> read.
/// </summary>
internal sealed class DemoSweep(string folder, DemoWorld world, DemoSources sources, DemoFleet.DemoRuns runs)
{
    /// <summary>Where the source prompts lie in the folder.</summary>
    public const string SourcesName = "sources";

    private const string RunsName = "runs";
    private const string StartsName = "starts";
    private const string VariantAxis = "variant";

    private readonly ModelIdentity _model = ModelIdentity.Of(DemoFiles.ModelFolder);

    /// <summary>Writes the runs, then the file that says which there are.</summary>
    public void Write(DemoTask[] tasks, IReadOnlyList<DemoOutcome> outcomes)
    {
        string[] seeds = [.. tasks.Select(static task => Text(task.Seed)).Distinct()];
        List<SweepEntry> written = [];
        foreach (DemoOutcome outcome in outcomes)
        {
            foreach (string seed in seeds)
            {
                string name = $"{outcome.Method.Key},seed={seed}";
                WriteRun(
                    name, outcome, [.. Enumerable.Range(0, tasks.Length).Where(i => Text(tasks[i].Seed) == seed)],
                    tasks);
                Dictionary<string, string> labels = new()
                {
                    [VariantAxis] = outcome.Method.Title,
                    [ResultAxis.Seed] = seed,
                };
                written.Add(new SweepEntry(name, $"{RunsName}/{name}", labels));
            }
        }
        string[] variants = [.. outcomes.Select(static outcome => outcome.Method.Title)];
        using JsonDocument grid = JsonDocument.Parse("""{"name": "demo"}""");
        SweepFile file = new()
        {
            Name = "demo",
            Title = "The demo: eleven methods on the invented language",
            About = "Written by crosspt demo, which trained all seeds side by side. The config.json of a run has its "
                + "method "
                + "and settings; training it again draws other examples.",
            Grid = grid.RootElement,
            Axes = [new ResultAxis(VariantAxis, variants), new ResultAxis(ResultAxis.Seed, seeds)],
            Baseline = new Dictionary<string, string> { [VariantAxis] = variants[0] },
            Runs = written,
        };
        file.Write(folder);
    }

    private void WriteRun(string name, DemoOutcome outcome, int[] places, DemoTask[] tasks)
    {
        DemoTask[] own = Array.ConvertAll(places, place => tasks[place]);
        DemoTaskResult[] results = Array.ConvertAll(places, place => outcome.Results[place]);
        RunFolder run = RunFolder.Create(Path.Combine(folder, RunsName, name));
        string starts = Path.Combine(run.FullPath, StartsName);
        if (outcome.Method.Start == DemoStart.WrongSource) SaveStarts(starts, outcome.Method.Start, own);
        DemoConfiguration configuration = new(
            outcome.Method, own, Path.Combine(folder, SourcesName), [.. sources.Prompts.Select(static one => one.Name)],
            starts);
        RunRecord record = new(
            configuration.Read(name), _model,
            [.. own.Select(static task => task.Codec.Task.WithName(DemoConfiguration.NameOf(task)))],
            DemoSources.Length,
            world.Model.Config.ModelWidth);
        run.WriteJson(RunFolder.ConfigName, json => record.Write(json, world.Model.Backend));
        DemoPrompts.Save(run.PathOf(RunFolder.PromptsName), own, results, world.Model.Config.ModelWidth);
        if (outcome.Router is { } router)
        {
            RouterTable table = router with
            {
                Tasks = record.TaskNames, Logits = Array.ConvertAll(places, place => router.Logits[place]),
                Weights = Array.ConvertAll(places, place => router.Weights[place]),
            };
            run.WriteJson(RunFolder.RouterName, json => table.Write(json));
            RouterHistory.Append(run.PathOf(RunFolder.RouterHistoryName), outcome.Method.Steps, table);
        }
        PredictionsFile.Write(run.PathOf(RunFolder.PredictionsName), own.Zip(results).SelectMany(static pair =>
            PredictionsFile.Of(pair.Second.Evaluation, [.. pair.First.Test.Select(static example => example.Example!)])
                .Select(prediction => prediction with { Task = DemoConfiguration.NameOf(pair.First) })));
        run.WriteJson(RunFolder.MetricsName, json => WriteMetrics(json, outcome.Method, own, results));
    }

    private void SaveStarts(string path, DemoStart start, DemoTask[] tasks)
    {
        foreach (DemoTask task in tasks)
        {
            string file = Path.Combine(path, $"{DemoConfiguration.NameOf(task)}.safetensors");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            runs.StartOf(start, task).Save(file);
        }
    }

    private static void WriteMetrics(Utf8JsonWriter json, DemoMethod method, DemoTask[] tasks, DemoTaskResult[] results)
    {
        json.WriteStartObject();
        json.WriteNumber("steps", method.Steps);
        RunMetrics.WriteTasks(
            json, [.. results.Select(static result => result.Evaluation)],
            Array.ConvertAll(tasks, DemoConfiguration.NameOf));
        json.WriteEndObject();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Writes the <c>prompts.safetensors</c> of one seed out of what was trained for all.</summary>
internal static class DemoPrompts
{
    private const string Target = "target.", Source = "source.";

    public static void Save(string path, DemoTask[] tasks, DemoTaskResult[] results, int width)
    {
        // What tasks share is in the parts of each of them.
        DemoPart[] shared =
        [
            .. results[0].Parts.Where(
                static part => !part.IsRow && !part.Name.EndsWith(DemoPart.Task, StringComparison.Ordinal)),
        ];
        string[] sources =
        [
            .. shared.Where(static part => part.Name.StartsWith(Source, StringComparison.Ordinal))
                .Select(static part => part.Name[Source.Length..]),
        ];
        SafetensorsWriter writer = new(PromptsFile.Metadata(sources));
        for (int i = 0; i < tasks.Length; i++)
        {
            if (results[i].Target is { } target)
                Add(Target + DemoConfiguration.NameOf(tasks[i]), target, new Shape(target.Length / width, width));
        }
        foreach (DemoPart part in shared) Add(part.Name, part.Values, part.Shape);
        for (int i = 0; i < tasks.Length; i++)
        {
            foreach (DemoPart part in results[i].Parts.Where(
                static part => part.Name.EndsWith(DemoPart.Task, StringComparison.Ordinal)))
                Add(
                    part.Name.Replace(DemoPart.Task, DemoConfiguration.NameOf(tasks[i]), StringComparison.Ordinal),
                    part.Values, part.Shape);
        }
        foreach (DemoPart table in results[0].Parts.Where(static part => part.IsRow))
            Add(
                table.Name,
                [.. results.SelectMany(result => result.Parts.First(part => part.Name == table.Name).Values)],
                new Shape(tasks.Length, table.Shape[1]));
        writer.Save(path);

        void Add(string name, float[] values, Shape shape) =>
            writer.Add(name, DType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }
}

/// <summary>A method of the demo and the tasks of one seed as a configuration.</summary>
/// <param name="method">The method.</param>
/// <param name="tasks">The tasks.</param>
/// <param name="folder">Where the source prompts lie.</param>
/// <param name="sources">Their names.</param>
/// <param name="starts">Where a private prompt of each task's own to start from lies, if there is one.</param>
internal sealed class DemoConfiguration(
    DemoMethod method, DemoTask[] tasks, string folder, IReadOnlyList<string> sources, string starts)
{
    /// <summary>The name of a task in configurations.</summary>
    public static string NameOf(DemoTask task) => $"{DemoFiles.Name}/{task.Target.Task.Name}";

    /// <summary>The configuration, as it would be read from a file.</summary>
    public RunConfiguration Read(string name)
    {
        JsonObject prompt = new() { ["length"] = DemoSources.Length };
        JsonObject root = new()
        {
            ["model"] = DemoFiles.Name,
            ["method"] = MethodName,
            ["tasks"] = new JsonArray(
                [
                    .. tasks.Select(
                        static task => new JsonObject { ["name"] = NameOf(task), ["shots"] = DemoTask.Shots })]),
            ["seed"] = tasks[0].Seed,
            ["prompt"] = prompt,
            ["evaluation"] = new JsonObject
            {
                ["examples"] = DemoTask.TestExamples,
                ["batch"] = DemoRunner.MeasureBatch,
            },
            ["data"] = new JsonObject { ["sourceLength"] = DemoTask.SourceLength },
        };
        if (MethodName is not ("pt" or "pi"))
            root["sources"] = new JsonArray(
                [
                    .. sources.Select(
                        source => (JsonNode)Path.GetFullPath(Path.Combine(folder, $"{source}.safetensors")))]);
        if (method.Start == DemoStart.WrongSource)
            prompt["private"] = new JsonObject
            {
                ["start"] = new JsonObject { ["file"] = Path.GetFullPath(Path.Combine(starts, "{task}.safetensors")) },
            };
        if (method.Prompt.Private.Form is { Form: PromptForm.LowRank } form)
            prompt["private"] = new JsonObject { ["form"] = "low-rank", ["rank"] = form.Rank };
        if (MethodName == "crosspt")
        {
            root["router"] = new JsonObject { ["start"] = method.Router.Start.ToString().ToLowerInvariant() };
            prompt["sourceScale"] = method.Prompt.Sources.Scale.ToString().ToLowerInvariant();
        }
        ConfigValue value = ConfigReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString()), name, folder);
        RunConfiguration configuration = DemoNames.Resolve(RunConfiguration.Read(value, name));
        return configuration with { Training = DemoRunner.SettingsOf(method) };
    }

    private string MethodName => method.Router.Kind switch
    {
        RouterKind.Attempt => "attempt",
        RouterKind.None => method.Start switch
        {
            DemoStart.Settings => "pt",
            DemoStart.TunedPrompt => "pi",
            _ => "spot",
        },
        _ => "crosspt",
    };
}
