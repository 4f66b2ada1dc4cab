namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <summary>One simulated thread.</summary>
internal sealed class PtxLane(PtxMachine machine, int index, int registers)
{
    public ulong[] R { get; } = new ulong[registers];

    public int Index => index;

    public PtxMachine Machine => machine;

    public int Pc { get; set; }

    public PtxStep Waits { get; set; }

    /// <summary>Asynchronous copies not waited for, group by group; the last group is open.</summary>
    public List<List<(ulong Target, ulong Source, int Bytes)>> Copies { get; } = [[]];
}

/// <summary>
/// Runs PTX on the processor, lane by lane: what a kernel compiles to is tested where there is no GPU, with its barriers, warps, tensor-core fragments
/// and asynchronous copies.
/// </summary>
/// <remarks>
/// It knows the instructions that ILGPU and this project's kernels emit, and no others. Memory outside the blocks given, misaligned accesses, races in shared
/// memory and lanes that wait for each other forever are errors.
/// </remarks>
internal sealed class PtxMachine
{
    private readonly PtxProgram _program;
    private readonly PtxLane[] _lanes;
    private readonly int[] _special;

    public PtxMachine(PtxProgram program, byte[] parameters, (int X, int Y) group, int dynamicShared = 0)
    {
        int threads = group.X * group.Y;
        if (parameters.Length < program.ParameterBytes)
            throw new ArgumentException($"{parameters.Length} bytes of parameters, expected {program.ParameterBytes}.");
        _program = program;
        Parameters = parameters;
        Threads = threads;
        Width = group.X;
        DynamicShared = dynamicShared;
        Shared = new PtxShared(program.StaticShared + dynamicShared);
        _special = [.. new[] { "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%laneid", "%dynamic_smem_size" }
            .Select(program.Register)];
        _lanes = [.. Enumerable.Range(0, threads).Select(i => new PtxLane(this, i, program.RegisterCount))];
        foreach (PtxLane lane in _lanes)
            foreach ((int register, ulong value) in program.Constants) lane.R[register] = value;
    }

    public PtxShared Shared { get; }

    public PtxGlobal Global { get; } = new();

    public byte[] Parameters { get; }

    private int Threads { get; }

    private int Width { get; }

    private int DynamicShared { get; }

    /// <summary>Runs all groups of a grid, one after the other.</summary>
    public void Run(int gridX, int gridY = 1, int gridZ = 1)
    {
        for (int z = 0; z < gridZ; z++)
            for (int y = 0; y < gridY; y++)
                for (int x = 0; x < gridX; x++)
                    RunGroup([x, y, z, gridX, gridY, gridZ]);
    }

    private void RunGroup(int[] grid)
    {
        Shared.Reset();
        for (int i = 0; i < Threads; i++)
        {
            PtxLane lane = _lanes[i];
            int[] values = [.. grid, i % Width, i / Width, 0, Width, Threads / Width, 1, i % 32, DynamicShared];
            for (int s = 0; s < values.Length; s++) lane.R[_special[s]] = (uint)values[s];
            lane.Pc = 0;
            lane.Waits = PtxStep.Alone;
        }
        while (true)
        {
            bool progress = false;
            for (int first = 0; first < Threads; first += 32)
            {
                PtxLane[] warp = _lanes[first..Math.Min(Threads, first + 32)];
                foreach (PtxLane lane in warp)
                {
                    if (lane.Waits != PtxStep.Alone) continue;
                    Advance(lane);
                    progress = true;
                }
                if (!warp.All(lane => lane.Waits == PtxStep.Warp)) continue;
                PtxInstruction instruction = _program.Instructions[warp[0].Pc];
                if (warp.Any(lane => lane.Pc != warp[0].Pc)) throw new InvalidOperationException($"A warp is divided at {instruction.Text}.");
                Guard(instruction, () => instruction.RunWarp!(warp));
                foreach (PtxLane lane in warp)
                {
                    lane.Pc++;
                    lane.Waits = PtxStep.Alone;
                }
                progress = true;
            }
            if (_lanes.All(lane => lane.Waits == PtxStep.Exit)) return;
            if (_lanes.All(lane => lane.Waits is PtxStep.Barrier or PtxStep.Exit))
            {
                Shared.Epoch++;
                PtxLane[] waiting = [.. _lanes.Where(static lane => lane.Waits == PtxStep.Barrier)];
                _program.Instructions[waiting[0].Pc].RunGroup?.Invoke(waiting);
                foreach (PtxLane lane in waiting)
                {
                    lane.Pc++;
                    lane.Waits = PtxStep.Alone;
                }
                progress = true;
            }
            if (!progress) throw new InvalidOperationException("The lanes of a group wait for each other.");
        }
    }

    private void Advance(PtxLane lane)
    {
        PtxInstruction[] code = _program.Instructions;
        while (true)
        {
            PtxInstruction instruction = code[lane.Pc];
            if (instruction.Step != PtxStep.Alone)
            {
                lane.Waits = instruction.Step;
                return;
            }
            int next = ++lane.Pc;
            if (instruction.Predicate >= 0 && (lane.R[instruction.Predicate] != 0) != instruction.PredicateIs) continue;
            try
            {
                instruction.Run!(lane);
            }
            catch (InvalidOperationException exception)
            {
                throw new InvalidOperationException($"At {next - 1}, {instruction.Text}: {exception.Message}", exception);
            }
        }
    }

    private static void Guard(PtxInstruction instruction, Action run)
    {
        try
        {
            run();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"At {instruction.Text}: {exception.Message}", exception);
        }
    }
}
