using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda;

/// <summary>The CUDA toolkit's assembler, where it is on the PATH.</summary>
internal static class Ptxas
{
    public const string Missing = "ptxas, of the CUDA toolkit, is not on the PATH.";

    public static bool IsPresent { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(static folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas")));
}

/// <summary>A test that asks <c>ptxas</c>; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public PtxasFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if (!Ptxas.IsPresent) Skip = Ptxas.Missing;
    }
}

/// <summary>A test of several cases that asks <c>ptxas</c>; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasTheoryAttribute : TheoryAttribute
{
    public PtxasTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!Ptxas.IsPresent) Skip = Ptxas.Missing;
    }
}
