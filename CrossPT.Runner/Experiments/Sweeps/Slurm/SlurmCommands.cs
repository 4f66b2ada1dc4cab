using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>An element of a job array that is pending, running or ending.</summary>
/// <param name="Job">Number of the array.</param>
/// <param name="Index">Its place in it.</param>
/// <param name="State">Slurm's word for how it is.</param>
internal sealed record SlurmElementState(string Job, int Index, string State);

/// <summary>Slurm's own programs, found on the path.</summary>
internal sealed partial class SlurmCommands
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Elements of an array at most (<c>MaxArraySize</c>: the highest index is one less).</summary>
    /// <exception cref="UserException">Slurm does not say, or has arrays turned off.</exception>
    public int MaxArraySize()
    {
        string output = Run("scontrol", ["show", "config"]);
        Match match = ArraySize().Match(output);
        if (!match.Success
            || !int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int size))
            throw new UserException(
                "scontrol show config: says no MaxArraySize, expected Slurm's configuration", ExitCode.Failed);
        return size >= 1
            ? size
            : throw new UserException(
                "scontrol show config: MaxArraySize is 0, expected a cluster that takes job arrays", ExitCode.Failed);
    }

    /// <summary>Submits a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="options">The user's options.</param>
    /// <returns>Number of the job, and the cluster where Slurm names one.</returns>
    public (string Job, string? Cluster) Submit(string script, string folder, IReadOnlyList<string> options)
    {
        string output = Run("sbatch", ["--parsable", $"--chdir={folder}", .. options, script]).Trim();
        string[] parts = output.Split('\n')[^1].Split(';');
        if (parts[0].Length == 0 || !parts[0].All(char.IsAsciiDigit))
            throw new UserException(
                $"sbatch: answered '{Failure.OneLine(output)}', expected the number of a job", ExitCode.Failed);
        return (parts[0], parts.Length > 1 ? parts[1] : null);
    }

    /// <summary>All of the user's array elements that are alive.</summary>
    /// <param name="cluster">The cluster, where jobs were submitted to a named one.</param>
    public IReadOnlyList<SlurmElementState> Queue(string? cluster)
    {
        List<SlurmElementState> elements = [];
        string output = Run(
            "squeue",
            ["--noheader", "--array", "--me", "--format=%F %K %T", .. cluster is null
                ? (string[])[]
                : [$"--clusters={cluster}"]]);
        foreach (string line in output.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("CLUSTER:", StringComparison.Ordinal)) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 3 || !words[0].All(char.IsAsciiDigit))
                throw new UserException(
                    $"squeue: answered '{Failure.OneLine(line)}', expected a job, its index and its state",
                    ExitCode.Failed);
            // A job of its own, no array, has no index.
            if (int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                elements.Add(new SlurmElementState(words[0], index, words[2]));
        }
        return elements;
    }

    /// <summary>A job's <c>JobState</c> and <c>Reason</c>.</summary>
    public (string State, string Reason) Describe(string job)
    {
        string output = Run("scontrol", ["show", "job", job, "--oneliner"]);
        return (JobState().Match(output).Groups[1].Value, Reason().Match(output).Groups[1].Value);
    }

    /// <summary>Lets a job begin again.</summary>
    public void Requeue(string job) => Run("scontrol", ["requeue", job]);

    [GeneratedRegex(@"^\s*MaxArraySize\s*=\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex ArraySize();

    [GeneratedRegex(@"\bJobState=(\S+)")]
    private static partial Regex JobState();

    [GeneratedRegex(@"\bReason=(\S+)")]
    private static partial Regex Reason();

    private static string Run(string program, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Start(start);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new UserException(
                $"{program}: no answer within {s_patience.TotalMinutes:F0} minutes", ExitCode.Failed);
        }
        if (process.ExitCode == 0) return output.Result;
        string said = Failure.OneLine(error.Result.Trim());
        if (said.StartsWith($"{program}: ", StringComparison.Ordinal)) said = said[(program.Length + 2)..];
        if (said.Length == 0) said = string.Create(CultureInfo.InvariantCulture, $"ended with {process.ExitCode}");
        throw new UserException($"{program}: {said}", ExitCode.Failed);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new UserException(
                $"{start.FileName}: cannot be run ({error.Message.TrimEnd('.')}), expected Slurm's programs on the "
                    + $"path for --engine slurm", inner: error);
        }
    }
}

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
