using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

public sealed class PretrainCommandTests
{
    private const string Configuration = """
        { // a comment
          "language": { "seed": 2 }, "model": { "d_model": 8, "d_kv": 4, "num_heads": 2, "d_ff": 8, "num_layers": 1 },
          "training": { "steps": 6, "batch": 4, }
        }
        """;

    [Fact]
    public void Json_TellsTheModel_WhoseFolderOtherCommandsRead()
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "model");
        CliRun run = CliRun.Of(
            "pretrain", folder.Write("c.json", Configuration), "--out", output, "--threads", "1", "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal((6, 6), (run.Json.GetProperty("steps").GetInt32(), run.Json.GetProperty("steps_now").GetInt32()));
        // Six skills in four domains, six with unlike label words, one combination.
        JsonElement[] accuracies = [.. run.Json.GetProperty("accuracies").EnumerateArray()];
        Assert.Equal(
            (31, 18), (accuracies.Length, accuracies.Count(static one => one.GetProperty("trained").GetBoolean())));
        Assert.Contains("step 6/6  loss ", run.Error);
        Assert.Equal(
            [
                "checkpoint", "config.json", "history.jsonl", "metrics.json", "model.safetensors", "pretrain.json",
                "tokenizer.json"],
            Directory.GetFileSystemEntries(output).Select(Path.GetFileName).Order());
        CliRun text = CliRun.With(
            "{\"text\": \"sentiment yes or no :\"}\n", "generate", "--model", output, "--threads", "1");
        Assert.True(text.Code == 0, text.Error);
    }

    [Fact]
    public void Resume_OfAFinishedRun_ChangesNothing_AndOtherSettingsAreListed()
    {
        using TempFolder folder = new();
        string config = folder.Write("c.json", Configuration);
        string output = Path.Combine(folder.FullName, "model");
        string model = Path.Combine(output, "model.safetensors");
        Assert.Equal(0, CliRun.Of("pretrain", config, "--out", output, "--threads", "1", "--quiet").Code);
        byte[] before = File.ReadAllBytes(model);
        File.Delete(model);
        CliRun again = CliRun.Of("pretrain", config, "--out", output, "--threads", "1", "--quiet", "--resume");
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Contains("left out  sentiment-and-acceptability", again.Output);
        Assert.Equal(before, File.ReadAllBytes(model));
        CliRun.Of("pretrain", config, "--out", output, "--resume", "--set", "seed=2", "--set", "training.batch=5")
            .AssertBadInput("pretrain.json", "seed is 2, was 1", "training.batch is 5, was 4");
        CliRun.Of("pretrain", config, "--out", output).AssertBadInput("the folder exists already");
    }

    [Theory]
    [InlineData("trainig.steps=1", "unknown key \"trainig\"", "\"training\"")]
    [InlineData("training.steps=0", "training.steps: found 0", "expected an integer")]
    [InlineData("corpus.files=[\"none.txt\"]", "none.txt", "no such file", "sourceLength=24")]
    [InlineData("tasks=[{\"declaration\": \"none.json\", \"train\": \"none.jsonl\"}]", "none.json", "no such file")]
    public void BadSetting_IsOneLine_AndLeavesNothing(
        string setting, string found, string expected, string? more = null)
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "model");
        string[] arguments = ["pretrain", folder.Write("c.json", Configuration), "--set", setting, "--out", output];
        CliRun.Of(more is null ? arguments : [.. arguments, "--set", more]).AssertBadInput(found, expected);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void NothingToResume_IsTold()
    {
        using TempFolder folder = new();
        CliRun.Of(
            "pretrain", folder.Write("c.json", Configuration), "--out", Path.Combine(folder.FullName, "none"),
            "--resume").AssertBadInput("none", "pretrain.json", "to resume");
    }

    [Fact]
    public void Diverging_FailsInOneLine()
    {
        using TempFolder folder = new();
        CliRun run = CliRun.Of(
            "pretrain", folder.Write("c.json", Configuration), "--out", Path.Combine(folder.FullName, "model"),
            "--threads", "1", "--quiet",
            "--set", "training={\"learningRate\": 1000, \"warmup\": 0, \"clip\": 0, \"batch\": 4, \"steps\": 400}");
        Assert.Equal(1, run.Code);
        run.AssertOneLine("pretraining diverged at step", "the last checkpoint is in");
    }
}
