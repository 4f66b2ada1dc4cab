using System.Globalization;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>
/// The script of a job array: every element finds its run by its index in a list, and becomes <c>crosspt</c> itself, so
/// that signals reach it.
/// </summary>
internal static class SlurmScript
{
    /// <summary>The script.</summary>
    /// <param name="sweep">Name of the sweep.</param>
    /// <param name="list">The list of runs, from the sweep's folder; a name a line.</param>
    /// <param name="count">Runs in it.</param>
    /// <param name="atATime">Most elements that run at once; null leaves it to the cluster.</param>
    /// <param name="program">The program and what comes before its own arguments.</param>
    /// <param name="arguments">Arguments that every element gets.</param>
    public static string Of(
        string sweep, string list, int count, int? atATime, IReadOnlyList<string> program,
        IReadOnlyList<string> arguments)
    {
        string limit = atATime is { } most ? string.Create(CultureInfo.InvariantCulture, $"%{most}") : "";
        string threads = arguments.Contains("--threads")
            ? ""
            : " --threads \"${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}\"";
        string command = string.Join(' ', program.Concat(["sweep", "."]).Select(Quote));
        string options = string.Concat(arguments.Select(static word => $" {Quote(word)}"));
        // A sweep's name, a list's and a run's are folder names: no word of them means anything to a shell.
        return string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/bash
            #SBATCH --job-name=crosspt-{{sweep}}
            #SBATCH --array=0-{{count - 1}}{{limit}}
            #SBATCH --output={{SlurmSubmissions.FolderName}}/%A_%a.log
            #SBATCH --open-mode=append
            #SBATCH --requeue
            run=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {{list}})
            exec {{command}} --run "$run"{{options}}{{threads}}

            """);
    }

    /// <summary>A word as a shell takes it literally.</summary>
    public static string Quote(string word) =>
        word.Length > 0
            && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-' or '=' or ':' or ',')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>How this program is run: by itself, or by the runtime where it is no file of its own.</summary>
    public static IReadOnlyList<string> ThisProgram()
    {
        string path = Environment.ProcessPath ?? "crosspt";
        string library = Path.Combine(AppContext.BaseDirectory, "crosspt.dll");
        return Path.GetFileNameWithoutExtension(path) == "dotnet" && File.Exists(library) ? [path, library] : [path];
    }
}
