using System.Text;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>
/// The words of <c>--slurm "OPTIONS"</c>, which are handed to <c>sbatch</c> as they are, with no shell between.
/// </summary>
internal static class SlurmOptions
{
    // What a sweep says itself, or what would leave no job array behind.
    private static readonly string[] s_own =
    [
        "--array", "--parsable", "--wrap", "--chdir", "--wait", "--test-only", "--help", "--usage", "--version",
    ];
    private static readonly string[] s_ownShort = ["-a", "-D", "-W", "-h", "-V"];

    /// <summary>
    /// Takes a text apart as a shell does: blanks between words, quotation marks and backslashes inside them; nothing
    /// is expanded.
    /// </summary>
    /// <exception cref="UserException">A quotation mark is not closed, or an option is the sweep's own.</exception>
    public static string[] Parse(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length && (quote == '\0' || text[i + 1] is '"' or '\\'))
                word.Append(text[++i]);
            else if (quote != '\0' && c == quote) quote = '\0';
            else if (quote == '\0' && c is '"' or '\'' && quote == '\0') quote = c;
            else if (quote == '\0' && c is ' ' or '\t' or '\n' && quote == '\0')
            {
                if (inWord) words.Add(word.ToString());
                word.Clear();
                inWord = false;
                continue;
            }
            else if (char.IsControl(c))
                throw new UserException("--slurm: found a control character, expected options of sbatch");
            else word.Append(c);
            inWord = true;
        }
        if (quote != '\0') throw new UserException($"--slurm: a {quote} is not closed in '{text}'");
        if (inWord) words.Add(word.ToString());
        Check(words);
        return [.. words];
    }

    private static void Check(List<string> words)
    {
        if (words.Count > 0 && !words[0].StartsWith('-'))
            throw new UserException(
                $"--slurm: found '{words[0]}', expected options of sbatch, such as --time=60 or -p short");
        foreach (string word in words)
        {
            string name = word.Split('=')[0];
            if (s_own.Contains(name)
                || (!name.StartsWith("--", StringComparison.Ordinal)
                    && s_ownShort.Any(own => name.StartsWith(own, StringComparison.Ordinal))))
                throw new UserException(
                    $"--slurm: found {name}, which the sweep says "
                        + $"itself{(name is "--array" or "-a" ? "; --jobs limits how many run at a time" : "")}");
            if (word == "--") throw new UserException("--slurm: found --, expected options of sbatch");
        }
    }
}
