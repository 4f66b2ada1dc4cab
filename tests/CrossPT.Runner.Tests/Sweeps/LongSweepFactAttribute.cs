namespace CrossPT.Runner.Tests.Sweeps;

/// <summary>A test that takes a minute and more: <c>CROSSPT_SWEEP=long</c> runs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongSweepFactAttribute : FactAttribute
{
    public LongSweepFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CROSSPT_SWEEP") != "long") Skip = "It takes a minute and more: CROSSPT_SWEEP=long runs it.";
    }
}
