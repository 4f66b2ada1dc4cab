using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Output;

namespace CrossPT.Runner.Sweeps;

/// <summary>What a sweep came to: its table, and the exit code.</summary>
internal static class SweepOutcome
{
    /// <summary>Shows it.</summary>
    /// <returns>1 where a run failed or is not done.</returns>
    public static int Show(CommandContext context, SweepFolder folder, SweepPlan plan)
    {
        (SweepRun Run, RunState State)[] runs = [.. plan.Runs.Select(run => (run, folder.StateOf(run.Name)))];
        int finished = runs.Count(static one => one.State.Stage == RunStage.Finished), failed = runs.Count(static one => one.State.Stage == RunStage.Failed);
        if (context.IsJson) WriteJson(context, folder, plan, runs, finished, failed);
        else WriteText(context.Text, folder, runs, finished, failed);
        return finished == runs.Length ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteText(TextWriter text, SweepFolder folder, (SweepRun Run, RunState State)[] runs, int finished, int failed)
    {
        string[] tasks = [.. runs.SelectMany(static one => one.Run.Configuration.Tasks).Select(static task => task.Name).Distinct()];
        TextTable table = new(["run", .. tasks]);
        foreach ((SweepRun run, RunState state) in runs)
        {
            Dictionary<string, double> scores = Scores(folder, run, state);
            if (state.Stage == RunStage.Finished)
                table.Add([run.Name, .. tasks.Select(task => scores.TryGetValue(task, out double score) ? Invariant($"{100 * score:F1}") : "")]);
            else table.Add(run.Name, state.Failure is { } failure ? failure.Kind : "not done");
        }
        table.Write(text);
        text.WriteLine(Invariant($"{finished} of {runs.Length} runs finished{(failed > 0 ? Invariant($", {failed} failed") : "")}; {folder.FullPath}"));
        foreach ((SweepRun run, RunState state) in runs.Where(static one => one.State.Failure is not null)) text.WriteLine($"FAILED {run.Name}: {state.Failure!.Message}");
    }

    private static void WriteJson(CommandContext context, SweepFolder folder, SweepPlan plan, (SweepRun Run, RunState State)[] runs, int finished, int failed) => context.WriteJson(json =>
    {
        json.WriteString("name", plan.Name);
        json.WriteString("sweep", folder.FullPath);
        json.WriteNumber("finished", finished);
        json.WriteNumber("failed", failed);
        json.WriteStartArray("runs");
        foreach ((SweepRun run, RunState state) in runs)
        {
            json.WriteStartObject();
            json.WriteString("name", run.Name);
            json.WriteString("state", state.Stage.ToString().ToLowerInvariant());
            json.WriteStartObject("tasks");
            foreach ((string task, double score) in Scores(folder, run, state)) json.WriteNumber(task, score);
            json.WriteEndObject();
            if (state.Failure is { } failure)
            {
                json.WriteStartObject("failure");
                json.WriteString("kind", failure.Kind);
                json.WriteString("message", failure.Message);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>The first metric of every task.</summary>
    private static Dictionary<string, double> Scores(SweepFolder folder, SweepRun run, RunState state)
    {
        if (state.Stage != RunStage.Finished) return [];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.FolderOf(run.Name), RunFolder.MetricsName)));
        return document.RootElement.GetProperty("tasks").EnumerateObject().ToDictionary(
            static task => task.Name,
            static task => task.Value.EnumerateObject().First(static member => member.Name != "examples" && member.Value.ValueKind == JsonValueKind.Number).Value.GetDouble());
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
