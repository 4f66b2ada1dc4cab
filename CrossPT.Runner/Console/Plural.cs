namespace CrossPT.Runner.Consoles;

/// <summary>Counts as people say them: 1 task, 2 tasks.</summary>
internal static class Plural
{
    /// <summary>A count and what is counted.</summary>
    /// <param name="count">How many.</param>
    /// <param name="singular">What, of which the plural ends in s.</param>
    public static string Of(int count, string singular) =>
        FormattableString.Invariant($"{count} {singular}{(count == 1 ? "" : "s")}");
}
