using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Serving;

/// <summary>Runs of several methods on one tiny model, and what they predict by themselves.</summary>
public sealed class ServedRuns : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<(string Run, string Task), Prediction[]> _expected = [];

    public ServedRuns()
    {
        using CpuBackend backend = new(1);
        TinyModel.WriteRun(_folder, backend);
        const string sources = "\"sources\": [\"s0.safetensors\", \"s1.safetensors\"]";
        // Prompts of other lengths, before and after the text, dependent on the text, and with updates of the text.
        Train("routed", sources);
        Train("attempt", $"\"method\": \"attempt\", {sources}");
        Train("dept", "\"method\": \"dept\", \"prompt\": { \"length\": 4, \"updateRank\": 3 }");
        Train("after", "\"method\": \"pt\", \"prompt\": { \"length\": 3, \"position\": \"after\" }");
        foreach (string run in All)
        {
            using TrainedRun trained = TrainedRun.Load(PathOf(run));
            foreach (string task in trained.Tasks)
                _expected.Add((run, task), trained.Predict(task, [.. Enumerable.Range(0, RowCount).Select(FieldsOf)]));
        }
    }

    public static int RowCount => 40;

    public static string[] All { get; } = ["routed", "attempt", "dept", "after"];

    public string Model => _folder.PathOf("model");

    public static Row Row(int place) => new(FieldsOf(place));

    public string PathOf(string run) => _folder.PathOf($"runs/{run}");

    public string Write(string name, string text) => _folder.Write(name, text);

    public Prediction Expected(string run, string task, int row) => _expected[(run, task)][row];

    public PromptServer Start(PromptServerOptions? options = null, params string[] runs)
    {
        PromptServer server = PromptServer.Load(Model, options: options);
        foreach ((string _, Exception? error) in
            server.AddRunsAsync([.. runs.Select(PathOf)]).GetAwaiter().GetResult())
        {
            if (error is not null) throw error;
        }
        return server;
    }

    public void Train(string name, string settings)
    {
        string path = _folder.Write($"{name}.json", $$"""
            { "model": "model", "tasks": [ { "name": "rte", "shots": 8 }, { "name": "mrpc", "shots": 7 } ],
              "data": { "folder": "data", "sourceLength": 40 }, "out": "runs/{{name}}",
              "training": { "steps": 3, "batch": 6 }, {{settings}} }
            """);
        using CpuBackend backend = new(1);
        RunConfiguration configuration = RunConfiguration.Load(path);
        Run.Execute(configuration with { Out = PathOf(name) }, new RunOptions { Backend = backend }).Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, string> FieldsOf(int row) => new()
    {
        ["sentence1"] = $"{new string((char)('a' + (row % 26)), 1 + (row % 9))} dog",
        ["sentence2"] = row % 3 == 0 ? "a cat" : $"{row} cats, and more of them than anybody can count",
    };
}
