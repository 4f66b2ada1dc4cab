namespace CrossPT.Prompting.Configuration;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The name with the fewest letters added, dropped, changed or swapped with a neighbour; the first of several.
    /// </summary>
    public static string Of(string name, IEnumerable<string> known)
    {
        string nearest = "";
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate);
            if (distance >= least) continue;
            (nearest, least) = (candidate, distance);
        }
        return nearest;
    }

    /// <summary>
    /// The nearest name if no more than one letter in three is another, as in a typing error; else null.
    /// </summary>
    public static string? Near(string name, IEnumerable<string> known)
    {
        string nearest = Of(name, known);
        if (nearest.Length == 0) return null;
        int letters = Math.Max(name.TrimStart('-').Length, nearest.TrimStart('-').Length);
        return 3 * Distance(name, nearest) <= letters ? nearest : null;
    }

    /// <summary>Optimal string alignment distance, upper and lower case alike.</summary>
    internal static int Distance(string a, string b)
    {
        // A name that long is no typing error; its whole length would only cost time.
        ReadOnlySpan<char> left = a.AsSpan(0, Math.Min(a.Length, 64)), right = b.AsSpan(0, Math.Min(b.Length, 64));
        int[] older = new int[right.Length + 1], old = new int[right.Length + 1], row = new int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++) old[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = Same(left[i - 1], right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, old[j] + 1), old[j - 1] + change);
                if (i < 2 || j < 2) continue;
                bool isSwap = Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
                if (isSwap) row[j] = Math.Min(row[j], older[j - 2] + 1);
            }
            (older, old, row) = (old, row, older);
        }
        return old[right.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
