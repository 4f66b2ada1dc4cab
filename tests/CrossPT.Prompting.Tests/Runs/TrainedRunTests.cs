using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class TrainedRunTests
{
    private const string Settings =
        "\"training\": { \"steps\": 6, \"batch\": 6 }, \"evaluation\": { \"examples\": 9, \"batch\": 4 }";

    [Fact]
    public void Reloaded_EvaluatesToTheSameBits()
    {
        using TempFolder folder = new();
        string path = TrainAndSave(folder, out IReadOnlyList<TaskEvaluation> evaluations);
        using TrainedRun sut = TrainedRun.Load(path);
        Example[] rows = TaskData.Read(
            folder.PathOf("data/glue/mrpc/validation.jsonl"), BuiltInTasks.Find("mrpc")!);
        Prediction[] predictions = sut.Predict(
            "mrpc",
            [.. Enumerable.Range(0, rows.Length).Select(static i => (IReadOnlyDictionary<string, string>)FieldsOf(i))]);
        Assert.Equal(rows.Length, predictions.Length);
        Assert.All(predictions, static one => Assert.Equal(1, one.Scores.Sum(static score => score.Probability), 9));
        Assert.All(
            predictions,
            static one => Assert.Equal(one.Probability, one.Scores.Max(static score => score.Probability)));
        Assert.Equal(9, evaluations[1].Actual.Count);
        Assert.Contains(predictions[0].Word, (string[])["equivalent", "not_equivalent"]);
        Assert.Equal(predictions[0].Word, sut.Predict("mrpc", FieldsOf(0)).Word);
    }

    [Fact]
    public void Candidates_OfEachRow_AreRanked_AsInEvaluation()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        string path = TinyModel.WriteRun(folder, backend, Settings);
        folder.Write("own.json", """
            { "name": "x", "fields": ["query", "offers"], "candidates": "offers", "label": "answers",
            "metrics": ["exact_match"], "files": { "train": "own.jsonl", "validation": "own.jsonl" } }
            """);
        string[] rows = [.. Enumerable.Range(0, 20).Select(static i => $$"""
            {"query": "a{{(char)('a' + i)}}", "offers": ["dog", "cat{{i % 3}}", "b"], "answers": ["b"]}
            """)];
        folder.Write("data/own.jsonl", string.Join('\n', rows) + "\n");
        RunFolder saved = RunFolder.Create(folder.PathOf("run"));
        RunConfiguration settings = RunConfiguration.Load(
            path, """tasks=[{"name": "own", "shots": 4, "declaration": "own.json"}]""");
        using PreparedRun prepared = PreparedRun.Load(settings, backend);
        using ComposedRun run = prepared.Compose(saved);
        prepared.SaveRecord(saved, run.Prompts.Length);
        run.Train(saved);
        run.SavePrompts(saved);
        using TrainedRun sut = TrainedRun.Load(saved.FullPath);
        TaskDeclaration task = sut.Record.Tasks[0];
        TaskEvaluation evaluation = sut.Evaluate("own", TaskData.Read(folder.PathOf("data/own.jsonl"), task));
        Prediction[] predictions = sut.Predict("own", [.. rows.Select((row, i) =>
        {
            using JsonDocument document = JsonDocument.Parse(row);
            return Row.Read(task, document.RootElement, "own.jsonl", i + 1);
        })]);
        for (int i = 0; i < rows.Length; i++)
        {
            string[] offered = ["dog", $"cat{i % 3}", "b"];
            Assert.Equal(offered, predictions[i].Scores.Select(static score => score.Word));
            Assert.Equal(offered[evaluation.Predicted[i]], predictions[i].Word);
            Assert.Equal(
                LabelRanking.Probabilities(evaluation.Scores[i]),
                predictions[i].Scores.Select(static score => score.Probability));
        }
        Dictionary<string, string> bare = new() { ["query"] = "a", ["offers"] = "b" };
        Assert.Contains(
            "0 candidates, expected one or more",
            Assert.Throws<ArgumentException>(() => sut.Predict("own", bare)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_HoldsWhatItIsToHold()
    {
        using TempFolder folder = new();
        string path = TrainAndSave(folder, out _);
        string[] expected =
        [
            "config.json", "events.out.tfevents.crosspt", "history.jsonl", "metrics.json", "predictions.jsonl",
            "prompts.safetensors", "router.json", "router.jsonl",
        ];
        Assert.Equal(expected, Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(Path.Combine(path, "checkpoint")));
        JsonElement config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "config.json"))).RootElement;
        string sha = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder.PathOf("model/model.safetensors"))));
        Assert.Equal(sha, config.GetProperty("model").GetProperty("sha256").GetString());
        Assert.Equal("cpu", config.GetProperty("device").GetProperty("name").GetString());
        Assert.Equal(16, config.GetProperty("width").GetInt32());
        Assert.Equal(6, File.ReadAllLines(Path.Combine(path, "history.jsonl")).Length);
        JsonElement router = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "router.json"))).RootElement
            .GetProperty("tasks").GetProperty("rte");
        Assert.Equal(
            1, router.EnumerateObject().Sum(static source => source.Value.GetProperty("weight").GetDouble()), 6);
        // The recorded settings are a configuration themselves, and come to the same.
        RunRecord record = RunRecord.Load(Path.Combine(path, "config.json"));
        string again = folder.Write("again.json", config.GetProperty("configuration").GetRawText());
        Assert.Equivalent(
            record.Configuration with { Place = "", Name = "" },
            RunConfiguration.Load(again) with { Place = "", Name = "" });
        Assert.Equal(6, record.Configuration.Training.Steps);
    }

    [Fact]
    public void ExistingFolder_IsRefused()
    {
        using TempFolder folder = new();
        Assert.Contains(
            "exists already", Assert.Throws<IOException>(() => RunFolder.Create(folder.FullName)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherModel_IsRefused_AMovedOneTaken()
    {
        using TempFolder folder = new();
        string path = TrainAndSave(folder, out _);
        Directory.Move(folder.PathOf("model"), folder.PathOf("moved"));
        Assert.Contains(
            "no such folder", Assert.Throws<ConfigurationException>(() => TrainedRun.Load(path)).Message,
            StringComparison.Ordinal);
        TrainedRun.Load(path, folder.PathOf("moved")).Dispose();
        using (FileStream weights = new(folder.PathOf("moved/model.safetensors"), FileMode.Open))
        {
            weights.Seek(-1, SeekOrigin.End);
            weights.WriteByte(7);
        }
        Assert.Contains(
            "SHA-256",
            Assert.Throws<ConfigurationException>(() => TrainedRun.Load(path, folder.PathOf("moved"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Model_InTheHuggingFaceCache_IsKnownByRepositoryAndCommit()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        TinyModel.WriteRun(folder, backend);
        string commit = new('1', 40), cache = folder.PathOf("models--google-t5--t5-base/snapshots");
        Directory.CreateDirectory(cache);
        ModelIdentity plain = ModelIdentity.Of(folder.PathOf("model"));
        Directory.Move(folder.PathOf("model"), Path.Combine(cache, commit));
        ModelIdentity cached = ModelIdentity.Of(Path.Combine(cache, commit));
        Assert.Equal(("model", null), (plain.Name, plain.Revision));
        Assert.Equal(("google-t5/t5-base", commit, plain.Sha256), (cached.Name, cached.Revision, cached.Sha256));
    }

    [Fact]
    public void UnknownTaskOrField_IsRefused()
    {
        using TempFolder folder = new();
        using TrainedRun sut = TrainedRun.Load(TrainAndSave(folder, out _));
        Assert.Contains(
            "no task 'qqp', only rte, mrpc",
            Assert.Throws<ArgumentException>(() => sut.Predict("qqp", FieldsOf(0))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "\"sentence1\"",
            Assert.Throws<ArgumentException>(() => sut.Predict("rte", new Dictionary<string, string>())).Message,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, string> FieldsOf(int i) =>
        new() { ["sentence1"] = $"a{(char)('a' + i)} dog", ["sentence2"] = "a cat" };

    private static string TrainAndSave(TempFolder folder, out IReadOnlyList<TaskEvaluation> evaluations)
    {
        using CpuBackend backend = new(2);
        RunConfiguration configuration =
            RunConfiguration.Load(TinyModel.WriteRun(folder, backend, Settings)) with { Out = folder.PathOf("run") };
        using TrainedRun run = Run.Execute(configuration, new RunOptions { Backend = backend });
        evaluations = run.Metrics!.Evaluations;
        Assert.True(run.Metrics.ReloadEqual);
        return run.FolderPath;
    }
}
