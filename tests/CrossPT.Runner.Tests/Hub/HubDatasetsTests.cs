using System.Text;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>Data sets of the hub: from the command to a run that trains on one.</summary>
public sealed class HubDatasetsTests : IDisposable
{
    private const string Dataset = "owner/films";

    private readonly HubCase _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void ADataset_IsPulled_AndTrainedOn()
    {
        string commit = Publish("""{ "default": { "train": ["a", "b"], "test": ["c"] } }""",
            "default/train/0000.parquet", "default/train/0001.parquet", "default/test/0000.parquet");
        CliRun pulled = _hub.Run("pull", "--dataset", Dataset);
        Assert.True(pulled.Code == 0, pulled.Error);
        string folder = Path.Combine(_hub.Cache, "datasets--owner--films", "snapshots", commit);
        Assert.Contains($"{Dataset}: ", pulled.Output, StringComparison.Ordinal);
        Assert.EndsWith($"{folder}\n", pulled.Output, StringComparison.Ordinal);
        Assert.Equal(commit, File.ReadAllText(
            Path.Combine(_hub.Cache, "datasets--owner--films", "refs", "refs", "convert", "parquet")));
        Assert.Equal(3, Directory.GetFiles(folder, "*.parquet", SearchOption.AllDirectories).Length);
        Assert.Contains("here already", _hub.Run("pull", "--dataset", $"{Dataset}/default").Output,
            StringComparison.Ordinal);

        TinyRun.WriteConfiguration(_hub.Folder);
        string config = _hub.Folder.Write("films.json", $$"""
            { "model": "model", "method": "pt", "prompt": { "length": 3 }, "training": { "steps": 3, "batch": 4 },
              "tasks": [ { "name": "films", "dataset": "{{Dataset}}", "shots": 8 } ] }
            """);
        CliRun trained = _hub.Run("train", config, "--out", Path.Combine(_hub.Folder.FullName, "run"), "--threads",
            "1");
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("fields text; labels neg, pos", trained.Error, StringComparison.Ordinal);
        Assert.Contains("the task 'films' has no validation file, so", trained.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "default": { "train": ["a"] } }""", "32 for training, 4 for validation, 4 for testing")]
    [InlineData("""{ "default": { "train": ["a"], "test": ["c"] } }""", "as the data set divides them")]
    [InlineData("""{ "default": { "train": ["a"], "validation": ["c"] } }""", "as the data set divides them")]
    public void New_FindsTheTaskInADataset_AndFetchesItFirst(string list, string rows)
    {
        Publish(list, "default/train/0000.parquet", "default/test/0000.parquet", "default/validation/0000.parquet");
        TinyRun.WriteConfiguration(_hub.Folder);
        string config = Path.Combine(_hub.Folder.FullName, "films-run.json");
        CliRun found = _hub.Run("new", config, "--data", Dataset, "--model", "model");
        Assert.True(found.Code == 0, found.Error);
        Assert.Contains("found  40 rows, text → label: 2 classes (neg, pos)", found.Output, StringComparison.Ordinal);
        Assert.Contains($"rows   {rows}", found.Output, StringComparison.Ordinal);
        CliRun trained = _hub.Run(
            "train", config, "--out", Path.Combine(_hub.Folder.FullName, "run"), "--threads", "1", "--set",
            "model=model", "--set", "prompt.length=3", "--set", "training.steps=3", "--set",
            """tasks[0].declaration.labels={"neg":"a","pos":"e"}""");
        Assert.True(trained.Code == 0, trained.Error);
    }

    [Fact]
    public void New_OfSeveralConfigurations_AsksForOne_BeforeItFetches()
    {
        Publish("""{ "a": { "train": ["x"] }, "b": { "train": ["x"] } }""", "a/train/0000.parquet");
        string config = Path.Combine(_hub.Folder.FullName, "films-run.json");
        CliRun run = _hub.Run("new", config, "--data", Dataset);
        Assert.Equal(2, run.Code);
        Assert.Contains("has the configurations a, b, expected owner/films/", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_hub.Cache, "datasets--owner--films", "snapshots")));
    }

    [Fact]
    public void WhatIsNotThere_IsOneLine()
    {
        Publish("""{ "a": { "train": ["x"] }, "b": { "train": ["x"] } }""", "a/train/0000.parquet",
            "b/train/0000.parquet");
        _hub.Run("pull", "--dataset", "films").AssertBadInput("can be no data set's name");
        _hub.Run("pull", "--dataset", $"{Dataset}/c").AssertBadInput("has no such configuration, only a, b");
        string config = _hub.Folder.Write(
            "films.json",
            $$"""{ "model": "model", "method": "pt", "tasks": [ { "name": "films", "dataset": "{{Dataset}}" } ] }""");
        TinyRun.WriteConfiguration(_hub.Folder);
        _hub.Run("train", config).AssertBadInput(
            "is not in the cache; 'crosspt pull --dataset owner/films' downloads it");
        Assert.Equal(0, _hub.Run("pull", "--dataset", Dataset).Code);
        _hub.Run("train", config).AssertBadInput("has the configurations a, b, expected owner/films/CONFIGURATION");
    }

    [Theory]
    [InlineData("{ \"..\": { \"train\": [\"x\"] } }", "expected names of folders")]
    [InlineData("{ \"a\": { \"../../x\": [\"x\"] } }", "expected names of folders")]
    [InlineData("{ \"a\": { \"train\": [\"x\", \"y\"] } }", "has no a/train/0001.parquet")]
    [InlineData("{ \"a\": [] }", "expected a Hugging Face hub's")]
    [InlineData("<html>", "expected a Hugging Face hub's")]
    [InlineData("{}", "has no such configuration, only none")]
    public void AStrangeList_IsRefused(string list, string message)
    {
        Publish(list, "a/train/0000.parquet");
        CliRun run = _hub.Run("pull", "--dataset", Dataset);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private string Publish(string list, params string[] files)
    {
        byte[] rows = File.ReadAllBytes(RepositoryFolder.PathOf("tests/fixtures/parquet/imdb.parquet"));
        _hub.Server.Fault = request => request.Target == $"/api/datasets/{Dataset}/parquet"
            ? new Answer(200) { Body = Encoding.UTF8.GetBytes(list) } : null;
        return _hub.Server.Publish($"datasets/{Dataset}", files.ToDictionary(static file => file, _ => rows),
            "refs/convert/parquet");
    }
}
