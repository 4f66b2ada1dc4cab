using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>The results of a sweep: its table, and the exit code.</summary>
internal static class SweepOutcome
{
    /// <summary>Shows it.</summary>
    /// <returns>1 where a run failed or is not done.</returns>
    public static int Show(CommandContext context, SweepFolder folder, SweepPlan plan)
    {
        RunState[] states = [.. plan.Runs.Select(run => folder.StateOf(run.Name))];
        ResultSummary summary = ResultSummary.Of(ResultSet.Load([folder.FullPath]));
        if (context.IsJson) WriteJson(context, folder, states, summary);
        else WriteText(context, folder, plan, states, summary);
        return Count(states, RunStage.Finished) == states.Length ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteText(
        CommandContext context, SweepFolder folder, SweepPlan plan, RunState[] states, ResultSummary summary)
    {
        ConsoleOutput console = context.Console;
        ResultTable.Write(console, summary);
        int finished = Count(states, RunStage.Finished), failed = Count(states, RunStage.Failed);
        string others = failed > 0 ? string.Create(CultureInfo.InvariantCulture, $", {failed} failed") : "";
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{finished} of {Plural.Of(states.Length, "run")} finished{others}; {folder.FullPath}"));
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i].Failure is { } failure) console.WriteLine($"FAILED {plan.Runs[i].Name}: {failure.Message}");
        }
    }

    private static void WriteJson(
        CommandContext context, SweepFolder folder, RunState[] states, ResultSummary summary) =>
            context.WriteJson(json =>
    {
        json.WriteString("name", summary.Set.Name);
        json.WriteString("sweep", folder.FullPath);
        json.WriteNumber("finished", Count(states, RunStage.Finished));
        json.WriteNumber("failed", Count(states, RunStage.Failed));
        json.WriteStartArray("runs");
        for (int i = 0; i < states.Length; i++) WriteRun(json, summary.Set.Runs[i], states[i]);
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (ResultRow row in summary.Rows) WriteRow(json, row);
        json.WriteEndArray();
    });

    private static void WriteRun(Utf8JsonWriter json, ResultRun run, RunState state)
    {
        json.WriteStartObject();
        json.WriteString("name", run.Name);
        WriteSettings(json, run.Settings);
        json.WriteString("state", state.Stage.ToString().ToLowerInvariant());
        json.WriteBoolean("collapsed", run.Collapsed);
        json.WriteStartObject("tasks");
        foreach (TaskScore score in run.Scores) json.WriteNumber(score.Task, score.Value);
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

    private static void WriteRow(Utf8JsonWriter json, ResultRow row)
    {
        json.WriteStartObject();
        WriteSettings(json, row.Settings);
        json.WriteBoolean("baseline", row.IsBaseline);
        WriteCells(json, "tasks", row.Tasks);
        WriteCells(json, "less_baseline", row.Differences);
        json.WriteEndObject();
    }

    private static void WriteCells(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, ResultCell> cells)
    {
        json.WriteStartObject(name);
        foreach ((string task, ResultCell cell) in cells)
        {
            json.WriteStartObject(task);
            json.WriteNumber("mean", cell.Mean);
            if (cell.Deviation is { } deviation) json.WriteNumber("deviation", deviation);
            if (cell.Interval is { } interval)
            {
                json.WriteNumber("low", interval.Low);
                json.WriteNumber("high", interval.High);
            }
            json.WriteNumber("runs", cell.Values.Count);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter json, IReadOnlyDictionary<string, string> settings)
    {
        json.WriteStartObject("settings");
        foreach ((string axis, string label) in settings) json.WriteString(axis, label);
        json.WriteEndObject();
    }

    private static int Count(RunState[] states, RunStage stage) => states.Count(state => state.Stage == stage);
}
