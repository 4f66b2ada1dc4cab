using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>A test on an emulated card; skipped where the emulated driver cannot be loaded.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmulatedFactAttribute : FactAttribute
{
    public EmulatedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!EmulatedDriver.IsPossible) Skip = EmulatedDriver.Impossible;
    }
}

/// <summary>A test of several cases on an emulated card; skipped where the emulated driver cannot be loaded.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmulatedTheoryAttribute : TheoryAttribute
{
    public EmulatedTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!EmulatedDriver.IsPossible) Skip = EmulatedDriver.Impossible;
    }
}
