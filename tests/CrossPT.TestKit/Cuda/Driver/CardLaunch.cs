using CrossPT.TestKit.Cuda.Ptx;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>A launch: a kernel, its sizes, and the bytes of its arguments as they were when it was called.</summary>
internal sealed record CardLaunch(
    CardModule Module, (int X, int Y, int Z) Grid, (int X, int Y, int Z) Group, int DynamicShared, byte[] Arguments)
{
    /// <summary>
    /// Limits of every card there is: threads of a group, groups in y or z, bytes of shared memory that need no leave.
    /// </summary>
    public const int MostThreads = 1024, MostGroups = 65535, MostShared = 48 << 10;

    public string Text =>
        $"{Module.Name} {Grid.X}x{Grid.Y}x{Grid.Z} of {Group.X}x{Group.Y}x{Group.Z}, {DynamicShared} shared";

    /// <summary>Refuses what a card refuses before anything is run.</summary>
    public void Check()
    {
        (int x, int y, int z) = Group;
        if (Math.Min(Grid.X, Math.Min(Grid.Y, Grid.Z)) < 1 || Math.Max(Grid.Y, Grid.Z) > MostGroups)
            throw Refused(CudaError.CUDA_ERROR_INVALID_VALUE);
        if (Math.Min(x, Math.Min(y, z)) < 1 || z > 64 || (long)x * y * z > MostThreads)
            throw Refused(CudaError.CUDA_ERROR_INVALID_VALUE);
        if (x * y * z > Module.MostThreads) throw Refused(CudaError.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
        if (DynamicShared < 0 || (Module.Program?.StaticShared ?? 0) + DynamicShared > MostShared)
            throw Refused(CudaError.CUDA_ERROR_INVALID_VALUE);
        if (Module.Program is { } program && Arguments.Length < program.ParameterBytes)
            throw Refused(CudaError.CUDA_ERROR_INVALID_VALUE);
    }

    /// <exception cref="CardException">The kernel touches what it may not; the context is lost.</exception>
    public void Run(CardMemory memory)
    {
        if (Module.Program is null) return;
        if (Group.Z > 1)
            throw new CardException(
                CudaError.CUDA_ERROR_LAUNCH_FAILED, "the emulator knows no third dimension of a group");
        PtxMachine machine = new(Module.Program, Arguments, (Group.X, Group.Y), DynamicShared);
        memory.Show(machine.Global);
        try
        {
            machine.Run(Grid.X, Grid.Y, Grid.Z);
        }
        catch (InvalidOperationException error)
        {
            throw new CardException(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, $"{Module.Name}: {error.Message}");
        }
    }

    private CardException Refused(CudaError error) => new(error, Text);
}
