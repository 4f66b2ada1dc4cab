using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// 32 simulated threads. An instruction is run for all lanes that stand at it: registers lie lane by lane, so that one
/// look at an instruction serves them all.
/// </summary>
internal sealed class PtxWarp
{
    public const int Lanes = 32;

    private readonly uint[] _narrow, _narrowMask = new uint[Lanes];
    private readonly ulong[] _wide, _wideMask = new ulong[Lanes];
    private readonly int[] _places = new int[Lanes];
    private readonly List<(int Group, ulong Target, ulong Source, int Bytes)>[] _copies =
    [
        .. Enumerable.Range(0, Lanes).Select(static _ => new List<(int, ulong, ulong, int)>()),
    ];
    private readonly int[] _groups = new int[Lanes];
    private uint _ready, _atWarp;

    public PtxWarp(PtxProgram program)
    {
        _narrow = new uint[program.NarrowRegisters * Lanes];
        _wide = new ulong[program.WideRegisters * Lanes];
        foreach ((int register, uint value) in program.NarrowConstants) _narrow.AsSpan(register * Lanes, Lanes)
            .Fill(value);
        foreach ((int register, ulong value) in program.WideConstants) _wide.AsSpan(register * Lanes, Lanes)
            .Fill(value);
    }

    /// <summary>What it runs in; set before anything is run.</summary>
    public PtxMachine Machine { get; private set; } = null!;

    /// <summary>Number in its group of lane 0.</summary>
    public int First { get; private set; }

    /// <summary>The lanes an instruction is run for, a bit each.</summary>
    public uint Active { get; private set; }

    /// <summary>The instruction that is run.</summary>
    public int Place { get; private set; }

    /// <summary>Lanes that wait for their group.</summary>
    public uint AtBarrier { get; private set; }

    /// <summary>Whether some lanes wait for others of the warp.</summary>
    public bool IsDivided => _atWarp != 0;

    /// <summary>
    /// Register <paramref name="index"/> of lane 0; those of the other lanes follow. Numbers of 8 bytes have registers
    /// of their own.
    /// </summary>
    public ref T Register<T>(int index)
        where T : unmanaged
        => ref Unsafe.SizeOf<T>() == 8
            ? ref Unsafe.As<ulong, T>(ref _wide[index * Lanes])
            : ref Unsafe.As<uint, T>(ref _narrow[index * Lanes]);

    /// <summary>All bits set in the place of every active lane.</summary>
    public ref T Mask<T>()
        where T : unmanaged
        => ref Unsafe.SizeOf<T>() == 8
            ? ref Unsafe.As<ulong, T>(ref _wideMask[0])
            : ref Unsafe.As<uint, T>(ref _narrowMask[0]);

    /// <summary>Puts <paramref name="threads"/> lanes at the beginning of the program.</summary>
    public void Begin(PtxMachine machine, int first, int threads)
    {
        Machine = machine;
        First = first;
        _ready = threads >= Lanes ? uint.MaxValue : (1u << threads) - 1;
        _atWarp = AtBarrier = 0;
        Array.Clear(_places);
        Array.Clear(_groups);
        foreach (List<(int, ulong, ulong, int)> copies in _copies) copies.Clear();
        Activate(_ready);
    }

    /// <summary>Runs until every lane waits for the group or has ended; false where no lane could go on.</summary>
    /// <remarks>
    /// The lanes that are furthest behind go first and stop where others stand, so that those a branch divided meet
    /// again.
    /// </remarks>
    public bool Advance(PtxInstruction[] code)
    {
        bool progress = false;
        while (_ready != 0)
        {
            progress = true;
            Run(code, Choose());
            if (_ready == 0 && _atWarp == uint.MaxValue) Meet(code);
        }
        return progress;
    }

    /// <summary>Lets the lanes at a barrier go on.</summary>
    public void Release()
    {
        for (uint left = AtBarrier; left != 0; left &= left - 1) _places[BitOperations.TrailingZeroCount(left)]++;
        _ready |= AtBarrier;
        AtBarrier = 0;
    }

    /// <summary>The instruction that a lane waits at.</summary>
    public int PlaceOf(int lane) => _places[lane];

    /// <summary>Notes a copy that a lane has begun.</summary>
    public void BeginCopy(int lane, ulong target, ulong source, int bytes) =>
        _copies[lane].Add((_groups[lane], target, source, bytes));

    public void CloseCopies(int lane) => _groups[lane]++;

    /// <summary>
    /// Takes the first of a lane's copies that are in no open group and not in the last <paramref name="pending"/>
    /// closed ones.
    /// </summary>
    public bool TryEndCopy(int lane, int pending, out (ulong Target, ulong Source, int Bytes) copy)
    {
        List<(int Group, ulong Target, ulong Source, int Bytes)> copies = _copies[lane];
        copy = default;
        if (copies.Count == 0 || copies[0].Group >= _groups[lane] - pending) return false;
        copy = (copies[0].Target, copies[0].Source, copies[0].Bytes);
        copies.RemoveAt(0);
        return true;
    }

    /// <summary>
    /// Makes the ready lanes that are furthest behind the active ones, and gives the next place where others stand.
    /// </summary>
    private int Choose()
    {
        int place = int.MaxValue, limit = int.MaxValue;
        uint active = 0;
        for (uint left = _ready; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left), at = _places[lane];
            if (at < place) (place, limit, active) = (at, place, 0);
            else if (at > place) limit = Math.Min(limit, at);
            if (at == place) active |= 1u << lane;
        }
        Place = place;
        Activate(active);
        return limit;
    }

    private void Run(PtxInstruction[] code, int limit)
    {
        while (Place < limit)
        {
            PtxInstruction instruction = code[Place];
            if (instruction.Step == PtxStep.Alone)
            {
                instruction.Run!(this);
                Place++;
            }
            else if (instruction.Step == PtxStep.Branch)
            {
                uint taken = Taken(instruction);
                if (taken != 0 && taken != Active)
                {
                    Put(taken, instruction.Target);
                    Put(Active & ~taken, Place + 1);
                    return;
                }
                Place = taken == 0 ? Place + 1 : instruction.Target;
            }
            else if (instruction.Step == PtxStep.Warp && Active == uint.MaxValue)
            {
                instruction.Run!(this);
                Place++;
            }
            else
            {
                _ready &= ~Active;
                if (instruction.Step == PtxStep.Warp) _atWarp |= Active;
                else if (instruction.Step == PtxStep.Barrier) AtBarrier |= Active;
                break;
            }
        }
        Put(Active, Place);
    }

    /// <summary>All lanes wait for one another, having come one by one.</summary>
    private void Meet(PtxInstruction[] code)
    {
        Place = _places[0];
        if (_places.AsSpan().ContainsAnyExcept(Place))
            throw new InvalidOperationException("The lanes of a warp wait at different instructions.");
        Activate(uint.MaxValue);
        code[Place].Run!(this);
        _atWarp = 0;
        _ready = uint.MaxValue;
        Put(uint.MaxValue, Place + 1);
    }

    private uint Taken(PtxInstruction branch)
    {
        if (branch.Predicate < 0) return Active;
        ref uint predicate = ref Register<uint>(branch.Predicate);
        uint set = 0;
        for (int lane = 0; lane < Lanes; lane++) set |= (Unsafe.Add(ref predicate, lane) != 0 ? 1u : 0) << lane;
        return Active & (branch.PredicateIs ? set : ~set);
    }

    private void Put(uint lanes, int place)
    {
        for (uint left = lanes; left != 0; left &= left - 1) _places[BitOperations.TrailingZeroCount(left)] = place;
    }

    private void Activate(uint lanes)
    {
        if (lanes == Active) return;
        Active = lanes;
        for (int lane = 0; lane < Lanes; lane++)
        {
            _narrowMask[lane] = (lanes >> lane & 1) != 0 ? uint.MaxValue : 0;
            _wideMask[lane] = (lanes >> lane & 1) != 0 ? ulong.MaxValue : 0;
        }
    }
}
