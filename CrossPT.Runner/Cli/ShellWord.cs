namespace CrossPT.Runner.Cli;

/// <summary>Words of command lines that are shown to be copied.</summary>
internal static class ShellWord
{
    /// <summary>A word as a shell takes it whole: in quotes where it needs them.</summary>
    public static string Quote(string word)
    {
        if (word.All(static c => char.IsLetterOrDigit(c) || "_-./\\:,+@=".Contains(c))) return word;
        return OperatingSystem.IsWindows()
            ? $"\"{word}\""
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
