using System.Globalization;

namespace CrossPT.Runner.Consoles;

/// <summary>Times as people say them.</summary>
internal static class Durations
{
    public static string Text(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:F1} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:F1} days"),
    };
}

/// <summary>Counts as people say them: 1 task, 2 tasks.</summary>
internal static class Plural
{
    /// <summary>A count and what is counted.</summary>
    /// <param name="count">How many.</param>
    /// <param name="singular">What, of which the plural ends in s.</param>
    public static string Of(int count, string singular) =>
        FormattableString.Invariant($"{count} {singular}{(count == 1 ? "" : "s")}");
}
