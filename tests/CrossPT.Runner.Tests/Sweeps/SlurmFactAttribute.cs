namespace CrossPT.Runner.Tests.Sweeps;

/// <summary>A test against Slurm itself, on this machine; skipped where its daemons are not installed (Debian: <c>slurm-wlm</c>, <c>munge</c>).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SlurmFactAttribute : FactAttribute
{
    /// <summary>Asks for Slurm, and for patience where the test takes minutes.</summary>
    public SlurmFactAttribute(bool takesMinutes = false)
    {
        string[] missing = [.. SlurmCluster.Programs.Where(static program => SlurmCluster.Find(program) is null)];
        if (missing.Length > 0) Skip = $"Slurm is not installed here: no {string.Join(", ", missing)}.";
        else if (takesMinutes && Environment.GetEnvironmentVariable("CROSSPT_SLURM") != "long") Skip = "It waits for time limits, some minutes: CROSSPT_SLURM=long runs it.";
    }
}
