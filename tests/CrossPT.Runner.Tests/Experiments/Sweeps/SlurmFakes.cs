using System.Diagnostics;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>
/// Programs called like Slurm's in a folder of their own, and <c>crosspt</c> as a process that finds them first.
/// </summary>
internal sealed class SlurmFakes
{
    // Runs every element of the array at once, one after another, and says what it was called with.
    private const string Sbatch = """
        echo "$@" | sed 's/^/sbatch: /' >> "$FAKES/calls"; for word in "$@"; do echo "[$word]" >> "$FAKES/words"; done
        for word in "$@"; do case "$word" in --chdir=*) cd "${word#--chdir=}";; esac; script="$word"; done
        job=$(( $(cat "$FAKES/job" 2>/dev/null || echo 40) + 1 )); echo $job > "$FAKES/job"
        last=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' "$script")
        if [ -z "$NOTHING_RUNS" ]; then
          for i in $(seq 0 $last); do
            SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$i bash "$script" > "slurm/${job}_$i.log" 2>&1 || true
          done
        fi
        echo $job
        """;

    private readonly TempFolder _folder;

    public SlurmFakes(TempFolder folder)
    {
        _folder = folder;
        Directory.CreateDirectory(Bin);
        Write("sbatch", Sbatch);
        Write("squeue", "true");
        Write("scontrol", "echo 'MaxArraySize            = 1001'");
    }

    private string Bin => Path.Combine(_folder.FullName, "bin");

    /// <summary>Words that <c>sbatch</c> got, one a line in brackets.</summary>
    public string Words => File.ReadAllText(Path.Combine(_folder.FullName, "words"));

    /// <summary>Puts a script in place of a program.</summary>
    public void Write(string program, string script)
    {
        string path = _folder.Write(Path.Combine("bin", program), $"#!/bin/bash\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Delete(string program) => File.Delete(Path.Combine(Bin, program));

    /// <summary>Runs <c>crosspt</c> with them.</summary>
    public CliRun Run(string[] args, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (string arg in args) start.ArgumentList.Add(arg);
        start.Environment["PATH"] = $"{Bin}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["FAKES"] = _folder.FullName;
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, error.Result);
    }
}
