using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tracking;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Demo;

/// <summary>
/// What the demo came to as the folder of a sweep: <c>sweep.json</c>, and for every method and seed a run folder as <c>train</c> leaves it, which
/// <c>report</c>, <c>predict</c> and <c>prompts</c> read.
/// </summary>
internal sealed class DemoSweep(string folder, DemoWorld world, DemoSources sources, DemoFleet.DemoRuns runs)
{
    /// <summary>Where the source prompts lie in the folder.</summary>
    public const string SourcesName = "sources";

    private const string Name = "sweep.json", RunsName = "runs", StartsName = "starts", Axis = "variant", SeedAxis = "seed";

    private static readonly JsonWriterOptions s_document = new() { Indented = true };

    private readonly ModelIdentity _model = ModelIdentity.Of(DemoFiles.ModelFolder);

    /// <summary>Writes the runs, then the file that says which there are.</summary>
    public void Write(DemoTask[] tasks, IReadOnlyList<DemoOutcome> outcomes)
    {
        string[] seeds = [.. tasks.Select(static task => Text(task.Seed)).Distinct()];
        List<(DemoMethod Method, string Seed, string Name)> written = [];
        foreach (DemoOutcome outcome in outcomes)
        {
            foreach (string seed in seeds)
            {
                string name = $"{outcome.Method.Key},seed={seed}";
                WriteRun(name, outcome, [.. Enumerable.Range(0, tasks.Length).Where(i => Text(tasks[i].Seed) == seed)], tasks);
                written.Add((outcome.Method, seed, name));
            }
        }
        AtomicFile.Write(Path.Combine(folder, Name), stream =>
        {
            using Utf8JsonWriter json = new(stream, s_document);
            WriteSweep(json, outcomes, seeds, written);
        });
    }

    private void WriteRun(string name, DemoOutcome outcome, int[] places, DemoTask[] tasks)
    {
        DemoTask[] own = Array.ConvertAll(places, place => tasks[place]);
        DemoTaskResult[] results = Array.ConvertAll(places, place => outcome.Results[place]);
        RunFolder run = RunFolder.Create(Path.Combine(folder, RunsName, name));
        string starts = Path.Combine(run.FullPath, StartsName);
        if (outcome.Method.Start == DemoStart.WrongSource) SaveStarts(starts, outcome.Method.Start, own);
        DemoConfiguration configuration = new(outcome.Method, own, Path.Combine(folder, SourcesName), [.. sources.Prompts.Select(static one => one.Name)], starts);
        RunRecord record = new(
            configuration.Read(name), _model, [.. own.Select(static task => task.Codec.Task.WithName(DemoConfiguration.NameOf(task)))], DemoSources.Length,
            world.Model.Config.ModelWidth);
        run.WriteJson(RunFolder.ConfigName, json => record.Write(json, world.Model.Backend));
        DemoPrompts.Save(run.PathOf(RunFolder.PromptsName), own, results, world.Model.Config.ModelWidth);
        if (outcome.Router is { } router)
        {
            RouterTable table = router with
            {
                Tasks = record.TaskNames, Logits = Array.ConvertAll(places, place => router.Logits[place]), Weights = Array.ConvertAll(places, place => router.Weights[place]),
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
        RunMetrics.WriteTasks(json, [.. results.Select(static result => result.Evaluation)], Array.ConvertAll(tasks, DemoConfiguration.NameOf));
        json.WriteEndObject();
    }

    private static void WriteSweep(Utf8JsonWriter json, IReadOnlyList<DemoOutcome> outcomes, string[] seeds, List<(DemoMethod Method, string Seed, string Name)> written)
    {
        json.WriteStartObject();
        json.WriteString("name", "demo");
        json.WriteString("title", "The demo: ten methods on the invented language");
        json.WriteString(
            "about", "Written by crosspt demo: all seeds were trained side by side. A run's config.json is its method and settings; trained again, it draws examples of its own.");
        json.WriteStartObject("grid");
        json.WriteString("name", "demo");
        json.WriteEndObject();
        json.WriteStartArray("axes");
        WriteAxis(json, Axis, outcomes.Select(static outcome => outcome.Method.Title));
        WriteAxis(json, SeedAxis, seeds);
        json.WriteEndArray();
        json.WriteString("baseline", outcomes[0].Method.Title);
        json.WriteStartArray("runs");
        foreach ((DemoMethod method, string seed, string name) in written)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("folder", $"{RunsName}/{name}");
            json.WriteStartObject("settings");
            json.WriteString(Axis, method.Title);
            json.WriteString(SeedAxis, seed);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAxis(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("values");
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
