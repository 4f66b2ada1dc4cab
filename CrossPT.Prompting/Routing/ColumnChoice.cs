namespace CrossPT.Prompting.Routing;

/// <summary>Which columns of a row of scores count.</summary>
internal static class ColumnChoice
{
    /// <summary>
    /// The <paramref name="count"/> columns with the largest scores, in the order of the columns: so that a block of a concatenation keeps its place
    /// when two weights cross. Of equal scores the first.
    /// </summary>
    public static int[] Largest(ReadOnlySpan<double> scores, int count)
    {
        double[] values = scores.ToArray();
        int[] columns = [.. Enumerable.Range(0, values.Length).OrderByDescending(column => values[column]).Take(count)];
        Array.Sort(columns);
        return columns;
    }
}
