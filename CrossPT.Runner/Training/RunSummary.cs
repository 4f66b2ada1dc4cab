using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Training;

/// <summary>What a run came to, for people or as JSON.</summary>
internal static class RunSummary
{
    public static void Write(CommandContext context, RunMetrics result, string folder, long peakBytes)
    {
        if (context.IsJson) WriteJson(context, result, folder, peakBytes);
        else WriteText(context.Console, result, folder, peakBytes);
    }

    private static void WriteJson(CommandContext context, RunMetrics result, string folder, long peakBytes) =>
        context.WriteJson(json =>
    {
        result.WriteMembers(json);
        if (result.Steps.Count > 0)
        {
            WriteMegabytes("reserved_mb_first", result.Steps[0].ReservedBytes);
            WriteMegabytes("reserved_mb_last", result.Steps[^1].ReservedBytes);
            WriteMegabytes("used_mb_first", result.Steps[0].UsedBytes);
            WriteMegabytes("used_mb_last", result.Steps[^1].UsedBytes);
        }
        json.WriteNumber("peak_rss_mb", Megabytes(peakBytes));
        json.WriteString("run", folder);

        void WriteMegabytes(string name, long? bytes)
        {
            if (bytes is { } known) json.WriteNumber(name, Megabytes(known));
        }
    });

    private static void WriteText(ConsoleOutput console, RunMetrics result, string folder, long peakBytes)
    {
        double seconds = result.Steps.Sum(static step => step.Seconds);
        Line($"loss      {result.FirstLoss:F4} → {result.LastLoss:F4} (first and last {RunMetrics.LossSteps} steps)");
        Line($"time      {result.SecondsPerStep:F2} s a step, {seconds:F1} s of training");
        if (result.Steps[0].ReservedBytes is { } first && result.Steps[^1].ReservedBytes is { } last)
        {
            double used = Megabytes(result.Steps[0].UsedBytes ?? 0);
            double usedLast = Megabytes(result.Steps[^1].UsedBytes ?? 0);
            Line($"memory    {used:F1} MB in use after the first step, {usedLast:F1} MB after the last");
            Line($"          {Megabytes(first):F0} MB reserved, then {Megabytes(last):F0} MB");
            Line($"          {Megabytes(peakBytes):F0} MB resident at most");
        }
        WriteMetrics(console, result.Evaluations);
        if (result.ReloadEqual is { } equal)
            Line($"reload    {(equal ? "every score the same to the last bit" : "DIFFERS")}");
        Line($"saved     {folder}");
        string[] collapsed =
        [
            .. result.Evaluations.Where(static one => one.Collapsed).Select(static one => one.Task.Name),
        ];
        if (collapsed.Length > 0)
        {
            console.WriteLine(
                $"COLLAPSED {string.Join(", ", collapsed)}: one class is predicted for every example; a lower "
                + "learning rate, more steps or other sources may help");
        }

        void Line(FormattableString line) => console.WriteLine(FormattableString.Invariant(line));
    }

    /// <summary>A line per task: its metrics, each beside the majority baseline.</summary>
    public static void WriteMetrics(ConsoleOutput console, IReadOnlyList<TaskEvaluation> evaluations)
    {
        foreach (TaskEvaluation evaluation in evaluations)
        {
            string metrics = string.Join(", ", evaluation.Metrics.Zip(evaluation.MajorityMetrics, Describe));
            string examples = Plural.Of(evaluation.Actual.Count, "example");
            string collapse = evaluation.Collapsed ? ", COLLAPSED" : "";
            console.WriteLine(
                FormattableString.Invariant($"{evaluation.Task.Name,-9} {metrics}, {examples}{collapse}"));
        }
    }

    private static string Describe(
        (TaskMetric Metric, double Value) own, (TaskMetric Metric, double Value) constant)
    {
        string answer = TaskMetrics.IsError(own.Metric) ? "mean score" : "majority";
        return $"{TaskMetrics.NameOf(own.Metric)} {ResultText.Metric(own.Metric, own.Value)} "
            + $"({answer} {ResultText.Metric(own.Metric, constant.Value)})";
    }

    private static double Megabytes(long bytes) => Math.Round(bytes / (double)(1 << 20), 1);
}
