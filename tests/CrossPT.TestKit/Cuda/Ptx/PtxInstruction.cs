namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>What becomes of a warp's lanes at an instruction.</summary>
internal enum PtxStep
{
    /// <summary>They go on to the next.</summary>
    Alone,

    /// <summary>Those whose predicate says so go on elsewhere.</summary>
    Branch,

    /// <summary>They wait for their warp: <c>mma</c>, <c>ldmatrix</c>, <c>shfl</c>.</summary>
    Warp,

    /// <summary>They wait for their thread group.</summary>
    Barrier,

    /// <summary>They end.</summary>
    Exit,
}

/// <summary>An instruction: what it does to the active lanes of a warp.</summary>
internal sealed class PtxInstruction(string text)
{
    public string Text => text;

    public PtxStep Step { get; set; }

    /// <summary>Of a branch, the register that must be set, or clear; −1 for always.</summary>
    public int Predicate { get; set; } = -1;

    public bool PredicateIs { get; set; } = true;

    /// <summary>Of a branch, where it goes.</summary>
    public int Target { get; set; }

    public Action<PtxWarp>? Run { get; set; }

    /// <summary>What a barrier does for the lanes it lets go, beside letting them go.</summary>
    public Action<PtxWarp[]>? RunGroup { get; set; }
}
