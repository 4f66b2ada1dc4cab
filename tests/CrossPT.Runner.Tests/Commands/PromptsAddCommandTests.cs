using System.Text.Json;
using CrossPT.Prompting.Files;

namespace CrossPT.Runner.Tests.Commands;

/// <summary><c>crosspt prompts add</c> and <c>prompts remove</c> on a trained run.</summary>
public sealed class PromptsAddCommandTests : IDisposable
{
    private const string Rows =
        "{\"sentence1\": \"a note\", \"sentence2\": \"a tea\"}\n{\"sentence1\": \"ten\", \"sentence2\": \"a tea\"}\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AddedAndRemoved_PredictsTheSameBytes()
    {
        string run = TinyRun.Train(_folder);
        string prompts = Path.Combine(run, "prompts.safetensors");
        string router = Path.Combine(run, "router.json");
        string before = Predict(run);
        byte[] prompt = File.ReadAllBytes(prompts), table = File.ReadAllBytes(router);
        float[] target = PromptFile.Load(run, "rte").Rows.ToArray();
        JsonElement smallest = Logits(run, "rte");

        CliRun added = CliRun.Of(
            "prompts", "add", TinyRun.WriteSource(_folder, "third.safetensors", TinyRun.PromptLength + 2, seed: 5),
            "--run", run, "--json");
        Assert.True(added.Code == 0, added.Error);
        Assert.Equal("third", added.Json.GetProperty("added").GetString());
        double start = added.Json.GetProperty("logits").GetProperty("rte").GetDouble();
        Assert.Equal(
            Math.Min(
                smallest.GetProperty("source").GetProperty("logit").GetDouble(),
                smallest.GetProperty("other").GetProperty("logit").GetDouble()), start);
        Assert.Equal(start, Logits(run, "rte").GetProperty("third").GetProperty("logit").GetDouble());
        Assert.InRange(Logits(run, "rte").GetProperty("third").GetProperty("weight").GetDouble(), 1e-3, 0.5);

        string with = Predict(run);
        Assert.NotEqual(target, PromptFile.Load(run, "rte").Rows.ToArray());
        foreach (string line in with.TrimEnd().Split('\n'))
        {
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            Assert.Contains(answer.GetProperty("prediction").GetString(), (string[])["entailment", "not_entailment"]);
            Assert.Equal(
                1, answer.GetProperty("scores").EnumerateObject().Sum(static score => score.Value.GetDouble()), 5);
        }
        CliRun without = CliRun.Of("evaluate", "--run", run, "--without", "third", "--json");
        Assert.True(without.Code == 0, without.Error);

        CliRun removed = CliRun.Of("prompts", "remove", "third", "--run", run, "--json");
        Assert.True(removed.Code == 0, removed.Error);
        Assert.Equal(
            ["source", "other"],
            removed.Json.GetProperty("sources").EnumerateArray().Select(static name => name.GetString()));
        Assert.Equal(before, Predict(run));
        Assert.Equal(prompt, File.ReadAllBytes(prompts));
        Assert.Equal(table, File.ReadAllBytes(router));
    }

    [Fact]
    public void Add_TakesNameAndLogit_AndSaysThem()
    {
        string run = TinyRun.Train(_folder);
        CliRun added = CliRun.Of(
            "prompts", "add", TinyRun.WriteSource(_folder, "third.safetensors", seed: 5), "--run", run, "--name", "new",
            "--logit=-1.5");
        Assert.True(added.Code == 0, added.Error);
        Assert.EndsWith("has the source prompt new now, its logit -1.5 for rte, -1.5 for mrpc\n", added.Output);
        Assert.Equal(-1.5, Logits(run, "mrpc").GetProperty("new").GetProperty("logit").GetDouble());
    }

    [Fact]
    public void SourceOfATaskItself_CanBeRemoved_ThoughTheRouterBeganWithABiasOnIt()
    {
        string run = TinyRun.Train(_folder, "si", "--set", "router.start=bias");
        foreach (string name in (string[])["extra", "extra2"])
            Assert.Equal(
                0,
                CliRun.Of(
                    "prompts", "add", TinyRun.WriteSource(_folder, $"{name}.safetensors", seed: 5), "--run", run).Code);
        foreach (string name in (string[])["rte", "mrpc"])
        {
            CliRun removed = CliRun.Of("prompts", "remove", name, "--run", run);
            Assert.True(removed.Code == 0, removed.Error);
        }
        Assert.NotEmpty(Predict(run));
    }

    [Fact]
    public void WhatDoesNotFit_IsBadInput_AndChangesNothing()
    {
        string run = TinyRun.Train(_folder);
        byte[] before = File.ReadAllBytes(Path.Combine(run, "prompts.safetensors"));
        string third = TinyRun.WriteSource(_folder, "third.safetensors", seed: 5);
        CliRun.Of("prompts", "add", Path.Combine(_folder.FullName, "source.safetensors"), "--run", run)
            .AssertBadInput("has a source prompt 'source' already");
        CliRun.Of("prompts", "add", TinyRun.WriteSource(_folder, "wide.safetensors", width: 9), "--run", run)
            .AssertBadInput("9 wide, expected 8");
        CliRun.Of("prompts", "add", TinyRun.WriteSource(_folder, "short.safetensors", length: 2), "--run", run)
            .AssertBadInput("'short' is [2, 8]");
        CliRun.Of("prompts", "add", third, "--run", run, "--name", "private")
            .AssertBadInput("'private'", "another name");
        CliRun.Of("prompts", "add", third, "--run", run, "--name", "sources")
            .AssertBadInput("'sources'", "another name");
        CliRun.Of("prompts", "add", third, "--run", run, "--logit", "NaN").AssertBadInput("--logit", "'NaN'");
        CliRun.Of("prompts", "add", Path.Combine(_folder.FullName, "none.pt"), "--run", run).AssertBadInput("none.pt");
        CliRun.Of("prompts", "add", third, "--run", _folder.FullName).AssertBadInput("config.json");
        CliRun.Of("prompts", "add", third).AssertBadInput("--run");
        CliRun.Of("prompts", "remove", "nobody", "--run", run)
            .AssertBadInput("no source prompt 'nobody', only source, other");
        CliRun.Of("prompts", "remove", "none", "--run", run)
            .AssertBadInput("no source prompt 'none', only source, other");
        CliRun.Of("prompts", "remove", "", "--run", run).AssertBadInput("NAME");
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "prompts.safetensors")));
        Assert.Equal(0, CliRun.Of("prompts", "remove", "other", "--run", run).Code);
        CliRun.Of("prompts", "remove", "source", "--run", run).AssertBadInput("no source prompt but 'source'");
    }

    [Theory]
    [InlineData("pt", "method pt")]
    [InlineData("attempt", "method attempt")]
    [InlineData("full", "method full")]
    [InlineData("mcat", "end to end")]
    public void MethodThatTakesNone_IsBadInput(string method, string words)
    {
        string run = TinyRun.Train(_folder, method);
        CliRun.Of("prompts", "add", TinyRun.WriteSource(_folder, "third.safetensors"), "--run", run)
            .AssertBadInput(words);
    }

    private static JsonElement Logits(string run, string task) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(run, "router.json"))).RootElement.GetProperty("tasks")
            .GetProperty(task);

    private static string Predict(string run)
    {
        CliRun predicted = CliRun.With(Rows, "predict", "--run", run, "--task", "rte", "--threads", "1");
        Assert.True(predicted.Code == 0, predicted.Error);
        return predicted.Output;
    }
}
