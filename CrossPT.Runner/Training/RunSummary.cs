using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Training;

/// <summary>The outcome of a run, for people or as JSON.</summary>
internal static class RunSummary
{
    private const string PromptTuning = "pt";

    /// <summary>Columns of a router's table, beyond which each task's largest weights are listed.</summary>
    private const int MostColumns = 8, MostWeights = 4;

    /// <param name="context">Where to.</param>
    /// <param name="run">The run, just trained.</param>
    /// <param name="folder">Its folder as the user knows it.</param>
    /// <param name="peakBytes">Memory of the process at most.</param>
    public static void Write(CommandContext context, TrainedRun run, string folder, long peakBytes)
    {
        if (context.IsJson) WriteJson(context, run.Metrics!, run.FolderPath, peakBytes);
        else WriteText(context.Console, run, folder, peakBytes);
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

    private static void WriteText(ConsoleOutput console, TrainedRun run, string folder, long peakBytes)
    {
        RunMetrics result = run.Metrics!;
        ResultSummary? comparison = CompareWithPromptTuning(run, out string? plain);
        WriteMetrics(console, result.Evaluations, comparison);
        if (plain is not null)
        {
            string rows = string.Join(
                " and ", result.Evaluations.Select(static one => one.Actual.Count).Distinct());
            console.WriteLine($"prompt tuning: {Shown(plain)}; Δ is paired on the same {rows} examples");
        }
        WriteRouter(console, run);
        console.WriteLine();
        WriteCost(console, result, peakBytes);
        if (result.ReloadEqual is { } equal)
            console.WriteLine($"reload    {(equal ? "every score the same to the last bit" : "DIFFERS")}");
        foreach (string warning in Warnings(result)) console.WriteLine($"warning   {Failure.OneLine(warning)}");
        console.WriteLine($"saved     {folder}");
        console.WriteLine($"next      {PredictLine(run, folder)}");
        console.WriteLine(plain is null
            ? $"          crosspt report {ShellWord.Quote(folder)}"
            : $"          crosspt report --compare {ShellWord.Quote(Shown(plain))} {ShellWord.Quote(folder)}");
    }

    private static void WriteCost(ConsoleOutput console, RunMetrics result, long peakBytes)
    {
        double seconds = result.Steps.Sum(static step => step.Seconds);
        Line($"loss      {result.FirstLoss:F4} → {result.LastLoss:F4} (first and last {RunMetrics.LossSteps} steps)");
        Line($"time      {result.SecondsPerStep:F2} s a step, {seconds:F1} s of training");
        if (result.Steps[0].UsedBytes is { } first && result.Steps[^1].UsedBytes is { } last)
        {
            double used = Megabytes(first), usedLast = Megabytes(last);
            Line($"memory    {used:F1} MB in use after the first step, {usedLast:F1} MB after the last");
            Line($"          {Megabytes(peakBytes):F0} MB resident at most");
        }

        void Line(FormattableString line) => console.WriteLine(FormattableString.Invariant(line));
    }

    private static IEnumerable<string> Warnings(RunMetrics result)
    {
        foreach (string warning in result.Warnings) yield return warning;
        foreach (TaskEvaluation evaluation in result.Evaluations)
        {
            foreach (string remark in evaluation.Remarks) yield return $"{evaluation.Task.Name}: {remark}";
            if (!evaluation.Collapsed) continue;
            yield return $"{evaluation.Task.Name} COLLAPSED: every example gets the same prediction; a lower learning "
                + "rate, more steps or other sources may help";
        }
    }

    private static string PredictLine(TrainedRun run, string folder)
    {
        TaskDeclaration task = run.Record.Tasks[0];
        string name = run.Tasks.Count > 1 ? $" --task {ShellWord.Quote(task.Name)}" : "";
        bool takesTexts = task.Kind != TaskKind.Candidates && task.Transform is null && task.Fields.Count <= 2;
        string rows = takesTexts
            ? string.Concat(Enumerable.Repeat(" --text \"…\"", task.Fields.Count))
            : " --input new.jsonl";
        return $"crosspt predict --run {ShellWord.Quote(folder)}{name}{rows}";
    }

    /// <summary>
    /// The run less plain prompt tuning, where a finished run of that is beside it: of the same model, tasks, shots and
    /// seed, measured on the same rows.
    /// </summary>
    private static ResultSummary? CompareWithPromptTuning(TrainedRun run, out string? plain)
    {
        plain = null;
        RunRecord own = run.Record;
        string? parent = Path.GetDirectoryName(run.FolderPath);
        if (own.Configuration.Method.Name == PromptTuning || parent is null) return null;
        foreach (string folder in Directory.EnumerateDirectories(parent).Where(RunFolder.IsFinished)
            .OrderByDescending(static one => File.GetLastWriteTimeUtc(Path.Combine(one, RunFolder.MetricsName))))
        {
            try
            {
                RunRecord other = RunRecord.Load(Path.Combine(folder, RunFolder.ConfigName));
                if (other.Configuration.Method.Name != PromptTuning || !IsAlike(own, other)) continue;
                ResultSummary summary = ResultSummary.Of(ResultSet.Compare(folder, run.FolderPath));
                if (!summary.HasBaseline) continue;
                plain = folder;
                return summary;
            }
            catch (Exception error) when (error is IOException or ConfigurationException)
            {
                // Whatever is wrong with another run is no matter of this one.
            }
        }
        return null;
    }

    private static bool IsAlike(RunRecord own, RunRecord other) =>
        own.Model.Sha256 == other.Model.Sha256 && own.Configuration.Seed == other.Configuration.Seed
        && own.Configuration.Tasks.Select(static task => (task.Name, task.Shots, task.ShotsPer))
            .SequenceEqual(other.Configuration.Tasks.Select(static task => (task.Name, task.Shots, task.ShotsPer)));

    /// <summary>A folder from the current one where it is below it.</summary>
    private static string Shown(string folder)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, folder);
        return relative.StartsWith("..", StringComparison.Ordinal) ? folder : relative;
    }

    /// <summary>A row a metric, beside what always giving one answer comes to.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="evaluations">One a task.</param>
    /// <param name="comparison">The run compared with plain prompt tuning; null where it is not.</param>
    public static void WriteMetrics(
        ConsoleOutput console, IReadOnlyList<TaskEvaluation> evaluations, ResultSummary? comparison = null)
    {
        bool hasScores = evaluations.Any(static one => one.Task.Kind == TaskKind.Scores);
        string[] last = comparison is null ? ["examples"] : ["prompt tuning", "Δ", "95 % interval"];
        TextTable table = new(["task", "metric", "score", hasScores ? "constant answer" : "majority", .. last]);
        foreach (TaskEvaluation evaluation in evaluations)
        {
            for (int i = 0; i < evaluation.Metrics.Count; i++)
            {
                (TaskMetric metric, double value) = evaluation.Metrics[i];
                table.Add([
                    i == 0 ? evaluation.Task.Name : "", TaskMetrics.NameOf(metric), ResultText.Metric(metric, value),
                    ResultText.Metric(metric, evaluation.MajorityMetrics[i].Value),
                    .. i > 0 ? []
                        : comparison is null ? [FormattableString.Invariant($"{evaluation.Actual.Count}")]
                        : Compared(comparison, evaluation.Task.Name),
                ]);
            }
        }
        console.Write(table);
    }

    /// <summary>The score of plain prompt tuning on a task, the difference to it and its interval.</summary>
    private static string[] Compared(ResultSummary comparison, string task)
    {
        ResultCell? plain = comparison.Rows[0].Tasks.GetValueOrDefault(task);
        ResultCell? difference = comparison.Rows[1].Differences.GetValueOrDefault(task);
        return
        [
            plain is null ? "—" : ResultText.Percent(plain.Mean),
            difference is null ? "—" : ResultText.Signed(difference.Mean),
            ResultText.SignedRange(difference?.Interval),
        ];
    }

    /// <summary>How much of each source prompt every task takes, where there is a choice.</summary>
    private static void WriteRouter(ConsoleOutput console, TrainedRun run)
    {
        if (run.Record.Configuration.TrainsModel) return;
        using PromptMethod prompts = run.Compose();
        if (prompts.Router is not { Columns.Count: > 1 } router) return;
        console.WriteLine();
        bool areShares = router.Weights.All(static row => row.All(static weight => weight is >= 0 and <= 1));
        console.WriteLine($"router: how much of each source prompt a task takes{(areShares ? ", in percent" : "")}");
        if (areShares && router.Columns.Count <= MostColumns)
        {
            console.Write(HeatMap.Of(router.Tasks, router.Columns, router.Weights));
            return;
        }
        for (int task = 0; task < router.Tasks.Count; task++)
        {
            double[] weights = router.Weights[task];
            IEnumerable<string> largest = Enumerable.Range(0, weights.Length)
                .OrderByDescending(i => Math.Abs(weights[i])).Take(MostWeights)
                .Select(i => $"{router.Columns[i]} {Weight(weights[i])}");
            string rest = weights.Length > MostWeights ? ", …" : "";
            console.WriteLine($"{router.Tasks[task],-9} {string.Join(", ", largest)}{rest}");
        }

        string Weight(double weight) => areShares ? ResultText.Percent(weight) : ResultText.Hundredths(weight);
    }

    private static double Megabytes(long bytes) => Math.Round(bytes / (double)(1 << 20), 1);
}
