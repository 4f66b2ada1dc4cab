using System.Collections.Concurrent;
using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// Kernels compiled to PTX and run by <see cref="PtxMachine"/>: a back end made with it computes what its PTX says.
/// </summary>
internal sealed class PtxLoader(bool lastFirst) : IKernelLoader
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_texts = [];
    private static readonly ConcurrentDictionary<string, Lazy<PtxProgram>> s_programs = [];

    /// <summary>
    /// A back end of this kind; with <paramref name="lastFirst"/> the groups of a launch run in the other order.
    /// </summary>
    public static CudaBackend Open(
        MatrixPrecision precision = MatrixPrecision.Float32, bool lastFirst = false)
        => CudaBackend.OpenWith(new PtxLoader(lastFirst), precision);

    /// <summary>The PTX of a kernel, compiled once for all tests.</summary>
    public static string Compile(KernelMethod kernel)
        => s_texts.GetOrAdd(kernel.Name, _ => new Lazy<string>(() => PtxCompiler.Compile(kernel))).Value;

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        Lazy<PtxProgram> program = s_programs.GetOrAdd(kernel.Name, _ => new(() => new PtxProgram(Compile(kernel))));
        return (_, grid, args) => Run(program.Value, kernel.Name, grid, args, lastFirst);
    }

    private static void Run(PtxProgram program, string name, KernelConfig grid, object args, bool lastFirst)
    {
        PtxParameters parameters = new(args);
        PtxMachine machine = new(
            program, parameters.Bytes, (grid.GroupDim.X, grid.GroupDim.Y), grid.SharedMemoryConfig.ArraySize);
        foreach ((nint address, long bytes) in parameters.Blocks) machine.Global.Add(address, bytes);
        // Its operands are bare addresses.
        machine.Global.IsOpen = args is TensorCoreArgs;
        try
        {
            machine.Run(grid.GridDim.X, grid.GridDim.Y, grid.GridDim.Z, lastFirst);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{name}: {exception.Message}", exception);
        }
    }
}
