using System.Globalization;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Tests.Experiments.Results;

/// <summary>Run and sweep folders written by hand, so that every figure over them is known beforehand.</summary>
internal sealed class WrittenRuns(string folder)
{
    /// <summary>Tasks of the test's own beside the built-in ones.</summary>
    public Dictionary<string, TaskDeclaration> Declarations { get; } = [];

    private readonly List<(string Name, Dictionary<string, string> Settings)> _runs = [];

    public WrittenRuns(TempFolder folder)
        : this(folder.FullName)
    {
    }

    public string Sweep { get; } = Directory.CreateDirectory(Path.Combine(folder, "sweep")).FullName;

    public string Folder(string run) => Path.Combine(Sweep, "runs", run);

    /// <summary>Adds a finished run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Labels by axis; the seed also becomes the configuration's.</param>
    /// <param name="right">Of each task, which examples are answered rightly.</param>
    /// <param name="model">Name of the model.</param>
    public WrittenRuns Add(
        string name, Dictionary<string, string> settings, Dictionary<string, bool[]> right, string model = "tiny")
    {
        WriteConfig(name, settings, [.. right.Keys], model);
        List<SavedPrediction> predictions = [];
        StringBuilder metrics = new("{\"steps\": 2, \"tasks\": {");
        foreach ((string task, bool[] answers) in right)
        {
            string[] words = [.. Find(task).Labels.Select(static label => label.Word)];
            for (int i = 0; i < answers.Length; i++)
            {
                string target = words[i % 2], predicted = words[answers[i] ? i % 2 : 1 - (i % 2)];
                predictions.Add(
                    new SavedPrediction(task, i, $"{task} example {i}", target, predicted, answers[i] ? 1 : 0)
                    {
                        Scores = new Dictionary<string, double>
                        {
                            [predicted] = 0.75,
                            [words[answers[i] ? 1 - (i % 2) : i % 2]] = 0.25,
                        },
                    });
            }
            bool collapsed =
                predictions.Where(one => one.Task == task).Select(static one => one.Predicted).Distinct().Count() == 1;
            string value = answers.Average(static one => one ? 1.0 : 0).ToString("R", CultureInfo.InvariantCulture);
            metrics.Append(CultureInfo.InvariantCulture,
                $"{(metrics[^1] == '{' ? "" : ",")}{JsonSerializer.Serialize(task)}: {{\"examples\": "
                    + $"{answers.Length}, \"collapsed\": {(collapsed ? "true" : "false")}, \"accuracy\": {value}, "
                    + $"\"majority\": {{\"accuracy\": 0.5}}}}");
        }
        PredictionsFile.Write(Path.Combine(Folder(name), RunFolder.PredictionsName), predictions);
        File.WriteAllText(Path.Combine(Folder(name), RunFolder.MetricsName), metrics.Append("}}").ToString());
        return this;
    }

    /// <summary>Adds a run that failed.</summary>
    public WrittenRuns AddFailure(string name, Dictionary<string, string> settings, string kind, string message = "no")
    {
        WriteConfig(name, settings, ["rte"], "tiny");
        File.WriteAllText(
            Path.Combine(Folder(name), "failure.json"),
            JsonSerializer.Serialize(new { message, kind, time = "2026-01-01T00:00:00Z" }));
        return this;
    }

    /// <summary>Adds a run that was not begun.</summary>
    public WrittenRuns AddWaiting(string name, Dictionary<string, string> settings)
    {
        _runs.Add((name, settings));
        return this;
    }

    /// <summary>Writes <c>sweep.json</c>.</summary>
    /// <param name="baseline">As JSON.</param>
    public string Write(
        string baseline = "null", string name = "small", string title = "A small sweep",
        string about = "What it is about.")
    {
        var axes = _runs.SelectMany(static run => run.Settings.Keys).Distinct()
            .Select(axis => new { name = axis, values = _runs.Select(run => run.Settings[axis]).Distinct().ToArray() });
        var runs = _runs.Select(
            static run => new { name = run.Name, folder = $"runs/{run.Name}", settings = run.Settings });
        File.WriteAllText(Path.Combine(Sweep, "sweep.json"),
            $"{{\"name\": {JsonSerializer.Serialize(name)}, \"title\": {JsonSerializer.Serialize(title)}, \"about\": "
                + $"{JsonSerializer.Serialize(about)}, \"grid\": {{}}, "
            + $"\"axes\": {JsonSerializer.Serialize(axes)}, \"baseline\": {baseline}, \"runs\": "
            + $"{JsonSerializer.Serialize(runs)}}}");
        return Sweep;
    }

    private void WriteConfig(string name, Dictionary<string, string> settings, string[] tasks, string model)
    {
        _runs.Add((name, settings));
        Directory.CreateDirectory(Folder(name));
        using MemoryStream declarations = new();
        using (Utf8JsonWriter json = new(declarations))
        {
            json.WriteStartArray();
            foreach (string task in tasks) Find(task).Write(json);
            json.WriteEndArray();
        }
        string list = string.Join(", ", tasks.Select(task => Declarations.ContainsKey(task)
            ? JsonSerializer.Serialize(new { name = task, declaration = "task.json" })
            : JsonSerializer.Serialize(new { name = task })));
        File.WriteAllText(Path.Combine(Folder(name), RunFolder.ConfigName), $$"""
            { "name": "{{name}}", "promptLength": 4, "width": 8,
              "model": { "name": {{JsonSerializer.Serialize(model)}}, "path": "/models/tiny", "sha256": "00" },
              "tasks": {{Encoding.UTF8.GetString(declarations.ToArray())}},
              "configuration": { "model": "/models/tiny", "method": "pt", "tasks": [ {{list}} ],
                "seed": {{settings.GetValueOrDefault("seed", "1")}},
                "prompt": { "length": {{settings.GetValueOrDefault("prompt.length", "4")}} } },
              "device": { "name": "cpu", "simd": "Vector512", "threads": 2 }, "versions": { "crosspt": "0.1.0",
              "runtime": ".NET 10", "system": "Linux, X64" } }
            """);
    }

    private TaskDeclaration Find(string task) => Declarations.GetValueOrDefault(task) ?? BuiltInTasks.Find(task)!;
}
