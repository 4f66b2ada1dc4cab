using System.Runtime.CompilerServices;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda.Driver;

namespace CrossPT.TestKit.Cuda;

/// <summary>
/// The CUDA device that tests share, where there is one, or where the environment asks for an emulated one
/// (<see cref="CardSettings"/>).
/// </summary>
internal static class CudaCard
{
    private static readonly Lazy<CudaBackend> s_backend = new(static () => CudaBackend.OpenCuda());

    static CudaCard()
    {
        EmulatedDriver.LoadIfAsked();
        IsPresent = CudaDevices.All().Count > 0;
    }

    public static bool IsPresent { get; }

    public static CudaBackend Backend => s_backend.Value;
}

/// <summary>A test on a CUDA device; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if (!CudaCard.IsPresent) Skip = "No CUDA device.";
    }
}

/// <summary>A test of several cases on a CUDA device; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!CudaCard.IsPresent) Skip = "No CUDA device.";
    }
}
