using System.Globalization;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Tables;

/// <summary>
/// All figures of a summary as CSV, a line a setting and task, in full precision: what other programs compute on.
/// </summary>
internal static class LongTable
{
    public static string Write(ResultSummary summary)
    {
        ResultAxis[] factors = [.. summary.Set.Factors];
        List<string[]> lines = [];
        Line([.. factors.Select(static axis => CsvTable.Plain(axis.Name)), "task", "metric", "runs", "finished",
            "diverged", "collapsed", "failed", "unfinished", "mean", "sd", "low", "high", "majority",
            "pairs", "difference", "difference_low", "difference_high"]);
        foreach (ResultRow row in summary.Rows)
        {
            foreach (string task in summary.Tasks)
                Add(row, task, summary.MetricOf(task), row.Tasks.GetValueOrDefault(task),
                    row.Differences.GetValueOrDefault(task), summary.MajorityOf(task));
            if (summary.Tasks.Count > 1)
                Add(row, ResultSummary.AverageName, "", row.Average, row.AverageDifference,
                    summary.Tasks.Average(summary.MajorityOf));
        }
        return CsvTable.Write(lines);

        void Add(ResultRow row, string task, string metric, ResultCell? cell, ResultCell? difference,
            double majority) => Line(
            [
                .. factors.Select(axis => CsvTable.Plain(row.Settings.GetValueOrDefault(axis.Name, ""))),
                    CsvTable.Plain(task), metric, Number(row.Runs.Count), Number(row.Finished), Number(row.Diverged),
                Number(row.Collapsed), Number(row.Failed), Number(row.Unfinished), Number(cell?.Mean),
                    Number(cell?.Deviation), Number(cell?.Interval?.Low), Number(cell?.Interval?.High),
                Number(majority), Number(difference?.Count), Number(difference?.Mean),
                    Number(difference?.Interval?.Low), Number(difference?.Interval?.High),
            ]);

        void Line(string[] cells) => lines.Add(cells);
    }

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
