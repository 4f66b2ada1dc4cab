using System.Globalization;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report;

/// <summary>What figures call a row: names as they are, numbers with what they are numbers of.</summary>
internal static class RowLabel
{
    public static string Of(ResultRow row) => row.Settings.Count == 0
        ? row.Runs[0].Name
        : string.Join(", ", row.Settings.Select(static one => Of(one.Key, one.Value)));

    /// <summary><c>length = 10</c>, <c>SIL</c>.</summary>
    public static string Of(string axis, string value) => IsNumber(value) || value is "true" or "false" ? $"{Last(axis)} = {value}" : value;

    public static bool IsNumber(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);

    private static string Last(string axis) => axis[(axis.LastIndexOf('.') + 1)..];
}
