using System.Text.Json;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>The scores of a summary as JSON, in fractions as <c>metrics.json</c> has them.</summary>
internal static class ResultScores
{
    /// <summary>Writes <c>differences</c>, <c>majority</c> and <c>rows</c>, a row a setting.</summary>
    public static void Write(Utf8JsonWriter json, ResultSummary summary)
    {
        ResultSet set = summary.Set;
        json.WriteStartObject("differences");
        foreach (ResultAxis axis in set.Differences.Count > 0 ? set.Differences : [.. set.Factors])
        {
            json.WriteStartArray(axis.Name);
            foreach (string value in axis.Values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteStartObject("majority");
        foreach (string task in summary.Tasks) json.WriteNumber(task, summary.MajorityOf(task));
        json.WriteEndObject();
        json.WriteStartArray("rows");
        foreach (ResultRow row in summary.Rows) Write(json, summary, row);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ResultSummary summary, ResultRow row)
    {
        json.WriteStartObject();
        json.WriteString("name", row.Name);
        json.WriteStartObject("settings");
        foreach ((string axis, string value) in row.Settings) json.WriteString(axis, value);
        json.WriteEndObject();
        json.WriteNumber("runs", row.Runs.Count);
        json.WriteNumber("finished", row.Finished);
        json.WriteNumber("collapsed", row.Collapsed);
        json.WriteBoolean("baseline", row.IsBaseline);
        json.WriteStartObject("tasks");
        foreach ((string task, ResultCell cell) in row.Tasks)
            Write(json, task, cell, row.Differences.GetValueOrDefault(task), summary.MetricOf(task));
        json.WriteEndObject();
        if (row.Average is { } average) Write(json, "mean", average, row.AverageDifference);
        json.WriteEndObject();
    }

    private static void Write(
        Utf8JsonWriter json, string name, ResultCell cell, ResultCell? difference, string? metric = null)
    {
        json.WriteStartObject(name);
        if (metric is not null) json.WriteString("metric", metric);
        WriteCell(json, cell);
        if (difference is not null)
        {
            json.WriteStartObject("difference");
            WriteCell(json, difference);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, ResultCell cell)
    {
        json.WriteNumber("value", cell.Mean);
        if (cell.Deviation is { } deviation) json.WriteNumber("deviation", deviation);
        if (cell.Interval is not { } interval) return;
        json.WriteStartArray("interval");
        json.WriteNumberValue(interval.Low);
        json.WriteNumberValue(interval.High);
        json.WriteEndArray();
    }
}
