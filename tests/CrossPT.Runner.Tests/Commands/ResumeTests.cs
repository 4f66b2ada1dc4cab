using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Tests.Cli;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>Runs that are stopped the hard way and go on.</summary>
public sealed class ResumeTests : IDisposable
{
    /// <summary>
    /// How many times a run is killed: <c>CROSSPT_KILLS</c> asks for more than the suite has time for.
    /// </summary>
    private static readonly int s_kills =
        int.TryParse(Environment.GetEnvironmentVariable("CROSSPT_KILLS"), CultureInfo.InvariantCulture, out int kills)
        ? kills : 4;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Killed_EndsWithTheSameBytes()
    {
        string config = WriteConfiguration(), whole = Path.Combine(_folder.FullName, "whole"),
            killed = Path.Combine(_folder.FullName, "killed");
        long start = Stopwatch.GetTimestamp();
        (int code, _, string error) = ProcessTests.Run(Train(config, whole));
        Assert.True(code == 0, error);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);

        int seed = Environment.TickCount, done = 0;
        Random random = new(seed);
        for (int tries = 0; done < s_kills && tries < 4 * s_kills; tries++)
        {
            if (File.Exists(Path.Combine(killed, "metrics.json"))) Finish();
            using Process process = ProcessTests.Start([.. Train(config, killed), "--resume"]);
            _ = process.StandardError.ReadToEndAsync();
            _ = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(random.NextDouble() * duration)) continue;
            process.Kill();
            process.WaitForExit();
            done++;
        }
        Assert.True(done > 0, "no run could be killed before it was done");
        Finish();

        void Finish()
        {
            (int last, _, string problem) = ProcessTests.Run([.. Train(config, killed), "--resume"]);
            Assert.True(last == 0, $"seed {seed}: {problem}");
            foreach (string name in (string[])[
                "prompts.safetensors", "router.json", "router.jsonl", "predictions.jsonl", "contribution.json"])
                Assert.True(File.ReadAllBytes(Path.Combine(whole, name)).AsSpan().SequenceEqual(
                    File.ReadAllBytes(Path.Combine(killed, name))), $"seed {seed}: {name} differs");
            Assert.Equal(Metrics(whole), Metrics(killed));
            Assert.Equal(Steps(whole), Steps(killed));
            Assert.Equal(Tracked(whole), Tracked(killed));
            Directory.Delete(killed, recursive: true);
        }
    }

    [Fact]
    public void RunFromTrials_EndsWithTheSameBytes()
    {
        string config = WriteConfiguration(), whole = Path.Combine(_folder.FullName, "whole"),
            stopped = Path.Combine(_folder.FullName, "stopped"), trials = _folder.Write(
                "trials.json",
                File.ReadAllText(config).Replace(
                    "\"method\": \"crosspt\"",
                    "\"method\": \"crosspt\", \"router\": { \"start\": \"trials\" }", StringComparison.Ordinal));
        CliRun run = CliRun.Of([.. Train(trials, whole), "--json"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.True(run.Json.GetProperty("reload_equal").GetBoolean());
        Interrupt(trials, stopped);
        CliRun resumed = CliRun.Of([.. Train(trials, stopped), "--resume"]);
        Assert.True(resumed.Code == 0, resumed.Error);
        foreach (string name in (string[])["prompts.safetensors", "router.json", "predictions.jsonl"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(stopped, name)));
        }
        JsonElement budget = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(stopped, "metrics.json"))).RootElement
            .GetProperty("budget");
        // Two sources, their mixture and none, for two tasks, 90 steps of the task's half of a batch of 4.
        Assert.Equal(4 * 2 * 90 * 2, budget.GetProperty("trial_rows").GetInt32());
        Assert.Contains(
            "none", budget.GetProperty("trial_losses").EnumerateObject().First().Value.EnumerateObject()
                .Select(static loss => loss.Name));
    }

    [Fact]
    public void ChangedSettings_AreListed()
    {
        string config = WriteConfiguration(), output = Path.Combine(_folder.FullName, "run");
        Interrupt(config, output);
        CliRun.Of([.. Train(config, output), "--resume", "--set", "training.batch=5", "--set", "router.temperature=2"])
            .AssertBadInput("other settings", "training.batch is 5, was 4", "router.temperature is 2");
        CliRun resumed = CliRun.Of([.. Train(config, output), "--resume"]);
        Assert.True(resumed.Code == 0, resumed.Error);
    }

    [Fact]
    public void StoppedWhileTheFirstCheckpointWasWritten_BeginsAgain()
    {
        string config = WriteConfiguration(), output = Path.Combine(_folder.FullName, "run"),
            checkpoint = Path.Combine(output, "checkpoint");
        Interrupt(config, output);
        File.Move(Path.Combine(checkpoint, "state.safetensors"), Path.Combine(output, "elsewhere"));
        CliRun resumed = CliRun.Of([.. Train(config, output), "--resume"]);
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(300, Steps(output).Length);
    }

    [Fact]
    public void FinishedRun_SaysSo()
    {
        string config = WriteConfiguration(), output = Path.Combine(_folder.FullName, "run");
        Assert.Equal(0, CliRun.Of(Train(config, output)).Code);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, "prompts.safetensors"));
        CliRun again = CliRun.Of("train", config, "--out", output, "--resume");
        Assert.Equal((0, ""), (again.Code, again.Output));
        Assert.Contains("finished, nothing to do", again.Error);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, "prompts.safetensors")));
    }

    [Fact]
    public void TheRunFolder_IsEnoughToContinue_AndToTrainAgain()
    {
        string config = WriteConfiguration(), output = Path.Combine(_folder.FullName, "run");
        string again = Path.Combine(_folder.FullName, "again"), other = Path.Combine(_folder.FullName, "other");
        Interrupt(config, output);
        CliRun.Of("train", output, "--resume", "--set", "training.batch=5", "--quiet").AssertBadInput(
            "other settings", "training.batch is 5, was 4");
        CliRun resumed = CliRun.Of("train", output, "--resume", "--threads", "1", "--quiet");
        Assert.True(resumed.Code == 0, resumed.Error);

        // Its record is a configuration that trains to the same bits, under the run's name.
        CliRun.Of("train", output, "--out", output).AssertBadInput("run: exists already; --resume continues");
        string record = Path.Combine(output, "config.json");
        CliRun repeated = CliRun.Of("train", record, "--out", again, "--threads", "1", "--quiet");
        Assert.True(repeated.Code == 0, repeated.Error);
        foreach (string name in (string[])["prompts.safetensors", "router.json", "predictions.jsonl", "config.json"])
            Assert.Equal(File.ReadAllText(Path.Combine(output, name)), File.ReadAllText(Path.Combine(again, name)));
        CliRun changed = CliRun.Of(
            "train", output, "--set", "training.steps=3", "--set", "seed=2", "--out", other, "--threads", "1",
            "--quiet", "--json");
        Assert.Equal((0, 3), (changed.Code, changed.Json.GetProperty("steps").GetInt32()));

        // All of them are one report.
        CliRun report = CliRun.Of(
            "report", _folder.FullName, "--out", Path.Combine(_folder.FullName, "r.html"), "--json");
        Assert.True(report.Code == 0, report.Error);
        Assert.Equal(3, report.Json.GetProperty("finished").GetInt32());
        CliRun.Of("train", _folder.FullName).AssertBadInput("no config.json of a run in it");
    }

    [Fact]
    public void FolderOfSomethingElse_IsRefused()
    {
        string config = WriteConfiguration(),
            output = Directory.CreateDirectory(Path.Combine(_folder.FullName, "mine")).FullName;
        _folder.Write(Path.Combine("mine", "letter.txt"), "dear");
        CliRun.Of([.. Train(config, output), "--resume"]).AssertBadInput(
            "no config.json in it, expected the folder of a run");
    }

    private string WriteConfiguration()
    {
        string config = TinyRun.WriteConfiguration(_folder, "crosspt");
        // A prompt that is tuned first is part of what has to go on.
        return _folder.Write("resumed.json", File.ReadAllText(config).Replace(
            "\"other.safetensors\"",
                "{ \"train\": { \"name\": \"wnli\", \"shots\": 6, \"train\": \"data.jsonl\", \"validation\": "
                    + "\"data.jsonl\" }, \"steps\": 150 }", StringComparison.Ordinal));
    }

    private static string[] Train(string config, string output) =>
        ["train", config, "--set", "training.steps=300", "--set", "evaluation.contribution=true", "--set",
            "training.checkpointEvery=7", "--out", output, "--threads", "1", "--quiet"];

    private static void Interrupt(string config, string output)
    {
        using Process process = ProcessTests.Start(Train(config, output));
        Task<string> error = process.StandardError.ReadToEndAsync();
        string checkpoint = Path.Combine(output, "checkpoint", "state.safetensors");
        for (int i = 0; i < 3000 && !File.Exists(checkpoint) && !process.HasExited; i++) Thread.Sleep(10);
        process.Kill();
        process.WaitForExit();
        Assert.True(File.Exists(checkpoint), error.Result);
        Assert.False(File.Exists(Path.Combine(output, "metrics.json")));
    }

    private static string Metrics(string run) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(run, "metrics.json"))).RootElement.GetProperty(
        "tasks").GetRawText();

    /// <summary>All that TensorBoard shows but the times: step by step, in order.</summary>
    private static (long, string, float)[] Tracked(string run) =>
        [.. TensorBoardFolder.Read(run).Select(static point => (point.Step, point.Tag, point.Value))];

    private static double[] Steps(string run) =>
        [.. File.ReadLines(Path.Combine(run, "history.jsonl")).Select(
            static line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble())];
}
