using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// Runs PTX on the processor, warp by warp: what a kernel compiles to is tested where there is no GPU, with its
/// barriers, warps, tensor-core fragments and asynchronous copies.
/// </summary>
/// <remarks>
/// It knows the instructions that ILGPU and this project's kernels emit, and no others. Memory outside the blocks
/// given, misaligned accesses, races in shared memory and lanes that wait for each other forever are errors.
/// </remarks>
internal sealed class PtxMachine
{
    private readonly PtxProgram _program;
    private readonly int _threads, _width, _dynamicShared;
    private readonly int[] _special;

    public PtxMachine(PtxProgram program, byte[] parameters, (int X, int Y) group, int dynamicShared = 0)
    {
        if (parameters.Length < program.ParameterBytes)
            throw new ArgumentException($"{parameters.Length} bytes of parameters, expected {program.ParameterBytes}.");
        _program = program;
        Parameters = parameters;
        _threads = group.X * group.Y;
        _width = group.X;
        _dynamicShared = dynamicShared;
        Shared = new PtxShared(program.StaticShared + dynamicShared);
        _special = program.Special;
    }

    public PtxShared Shared { get; }

    public PtxGlobal Global { get; } = new();

    public byte[] Parameters { get; }

    /// <summary>Runs all groups of a grid, one after the other, the last first where that is asked for.</summary>
    public void Run(int gridX, int gridY = 1, int gridZ = 1, bool lastFirst = false)
    {
        PtxWarp[] warps =
        [
            .. Enumerable.Range(0, (_threads + PtxWarp.Lanes - 1) / PtxWarp.Lanes).Select(_ => _program.RentWarp()),
        ];
        for (int z = 0; z < gridZ; z++)
        {
            for (int y = 0; y < gridY; y++)
            {
                for (int x = 0; x < gridX; x++)
                {
                    (int X, int Y, int Z) at = lastFirst ? (gridX - 1 - x, gridY - 1 - y, gridZ - 1 - z) : (x, y, z);
                    RunGroup(warps, [at.X, at.Y, at.Z, gridX, gridY, gridZ]);
                }
            }
        }
        foreach (PtxWarp warp in warps) _program.ReturnWarp(warp);
    }

    private void RunGroup(PtxWarp[] warps, ReadOnlySpan<int> grid)
    {
        Shared.Reset();
        for (int w = 0; w < warps.Length; w++)
        {
            int first = w * PtxWarp.Lanes;
            warps[w].Begin(this, first, _threads - first);
            for (int lane = 0; lane < PtxWarp.Lanes; lane++)
            {
                int i = first + lane;
                ReadOnlySpan<int> own = [i % _width, i / _width, 0, _width, _threads / _width, 1, lane, _dynamicShared];
                for (int s = 0; s < _special.Length; s++)
                    Unsafe.Add(ref warps[w].Register<int>(_special[s]), lane) = s < grid.Length
                        ? grid[s]
                        : own[s - grid.Length];
            }
        }
        while (true)
        {
            bool progress = false;
            foreach (PtxWarp warp in warps)
            {
                try
                {
                    progress |= warp.Advance(_program.Instructions);
                }
                catch (InvalidOperationException exception)
                {
                    throw new InvalidOperationException(
                        $"At {warp.Place}, {_program.Instructions[warp.Place].Text}: {exception.Message}", exception);
                }
            }
            if (warps.Any(static warp => warp.IsDivided))
                throw new InvalidOperationException("The lanes of a group wait for each other.");
            if (warps.All(static warp => warp.AtBarrier == 0)) return;
            if (!progress) throw new InvalidOperationException("The lanes of a group wait for each other.");
            Shared.Pass();
            PtxWarp some = warps.First(static warp => warp.AtBarrier != 0);
            _program.Instructions[some.PlaceOf(BitOperations.TrailingZeroCount(some.AtBarrier))].RunGroup?.Invoke(
                warps);
            foreach (PtxWarp warp in warps) warp.Release();
        }
    }
}
