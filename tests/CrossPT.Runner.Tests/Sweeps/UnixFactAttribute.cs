namespace CrossPT.Runner.Tests.Sweeps;

/// <summary>A test of scripts that a Unix shell runs; skipped on Windows, which Slurm does not know.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "Slurm does not run on Windows.";
    }
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "Slurm does not run on Windows.";
    }
}
