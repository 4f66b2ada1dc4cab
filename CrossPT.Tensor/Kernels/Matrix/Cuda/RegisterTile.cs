using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The 8 × 8 elements of a result that one thread sums, in registers: rows 4·i … 4·i + 3 and half a block further,
/// columns likewise, so that the threads of a warp read shared memory in whole lines.
/// </summary>
/// <remarks>
/// Written out, because ILGPU neither unrolls loops nor keeps arrays in registers. R2H is row 2, the higher four
/// columns.
/// </remarks>
internal struct RegisterTile
{
    public Float4 R0L, R0H;
    public Float4 R1L, R1H;
    public Float4 R2L, R2H;
    public Float4 R3L, R3H;
    public Float4 R4L, R4H;
    public Float4 R5L, R5H;
    public Float4 R6L, R6H;
    public Float4 R7L, R7H;

    /// <summary>Adds the product of eight rows of A and eight columns of B for one step of the sum.</summary>
    public void Step(Float4 aLow, Float4 aHigh, Float4 bLow, Float4 bHigh)
    {
        R0L = Float4.Fma(aLow.X, bLow, R0L);
        R0H = Float4.Fma(aLow.X, bHigh, R0H);
        R1L = Float4.Fma(aLow.Y, bLow, R1L);
        R1H = Float4.Fma(aLow.Y, bHigh, R1H);
        R2L = Float4.Fma(aLow.Z, bLow, R2L);
        R2H = Float4.Fma(aLow.Z, bHigh, R2H);
        R3L = Float4.Fma(aLow.W, bLow, R3L);
        R3H = Float4.Fma(aLow.W, bHigh, R3H);
        R4L = Float4.Fma(aHigh.X, bLow, R4L);
        R4H = Float4.Fma(aHigh.X, bHigh, R4H);
        R5L = Float4.Fma(aHigh.Y, bLow, R5L);
        R5H = Float4.Fma(aHigh.Y, bHigh, R5H);
        R6L = Float4.Fma(aHigh.Z, bLow, R6L);
        R6H = Float4.Fma(aHigh.Z, bHigh, R6H);
        R7L = Float4.Fma(aHigh.W, bLow, R7L);
        R7H = Float4.Fma(aHigh.W, bHigh, R7H);
    }

    /// <summary>
    /// Puts the upper or the lower four rows of every thread into shared memory, [Edge / 2, Edge]: half a block, so
    /// that whole rows can be stored.
    /// </summary>
    public readonly void Stage<TTile>(ArrayView<Float4> shared, bool lower)
        where TTile : struct, ITile
    {
        int words = TTile.Edge / 4;
        int at = (4 * KTiles<TTile>.Row(Group.IdxX) * words) + KTiles<TTile>.Column(Group.IdxX);
        int half = TTile.Edge / 8;
        shared[at] = lower ? R4L : R0L;
        shared[at + half] = lower ? R4H : R0H;
        shared[at + words] = lower ? R5L : R1L;
        shared[at + words + half] = lower ? R5H : R1H;
        shared[at + (2 * words)] = lower ? R6L : R2L;
        shared[at + (2 * words) + half] = lower ? R6H : R2H;
        shared[at + (3 * words)] = lower ? R7L : R3L;
        shared[at + (3 * words) + half] = lower ? R7H : R3H;
    }

    /// <summary>Multiplies each row by its factor.</summary>
    public void Scale(Float4 low, Float4 high)
    {
        R0L *= low.X;
        R0H *= low.X;
        R1L *= low.Y;
        R1H *= low.Y;
        R2L *= low.Z;
        R2H *= low.Z;
        R3L *= low.W;
        R3H *= low.W;
        R4L *= high.X;
        R4H *= high.X;
        R5L *= high.Y;
        R5H *= high.Y;
        R6L *= high.Z;
        R6H *= high.Z;
        R7L *= high.W;
        R7H *= high.W;
    }

    /// <summary>Column 0 of the lower four: its first four rows.</summary>
    public readonly Float4 UpperL0 => new(R0L.X, R1L.X, R2L.X, R3L.X);

    /// <summary>Column 0 of the lower four: its last four rows.</summary>
    public readonly Float4 LowerL0 => new(R4L.X, R5L.X, R6L.X, R7L.X);

    /// <summary>Column 1 of the lower four: its first four rows.</summary>
    public readonly Float4 UpperL1 => new(R0L.Y, R1L.Y, R2L.Y, R3L.Y);

    /// <summary>Column 1 of the lower four: its last four rows.</summary>
    public readonly Float4 LowerL1 => new(R4L.Y, R5L.Y, R6L.Y, R7L.Y);

    /// <summary>Column 2 of the lower four: its first four rows.</summary>
    public readonly Float4 UpperL2 => new(R0L.Z, R1L.Z, R2L.Z, R3L.Z);

    /// <summary>Column 2 of the lower four: its last four rows.</summary>
    public readonly Float4 LowerL2 => new(R4L.Z, R5L.Z, R6L.Z, R7L.Z);

    /// <summary>Column 3 of the lower four: its first four rows.</summary>
    public readonly Float4 UpperL3 => new(R0L.W, R1L.W, R2L.W, R3L.W);

    /// <summary>Column 3 of the lower four: its last four rows.</summary>
    public readonly Float4 LowerL3 => new(R4L.W, R5L.W, R6L.W, R7L.W);

    /// <summary>Column 0 of the higher four: its first four rows.</summary>
    public readonly Float4 UpperH0 => new(R0H.X, R1H.X, R2H.X, R3H.X);

    /// <summary>Column 0 of the higher four: its last four rows.</summary>
    public readonly Float4 LowerH0 => new(R4H.X, R5H.X, R6H.X, R7H.X);

    /// <summary>Column 1 of the higher four: its first four rows.</summary>
    public readonly Float4 UpperH1 => new(R0H.Y, R1H.Y, R2H.Y, R3H.Y);

    /// <summary>Column 1 of the higher four: its last four rows.</summary>
    public readonly Float4 LowerH1 => new(R4H.Y, R5H.Y, R6H.Y, R7H.Y);

    /// <summary>Column 2 of the higher four: its first four rows.</summary>
    public readonly Float4 UpperH2 => new(R0H.Z, R1H.Z, R2H.Z, R3H.Z);

    /// <summary>Column 2 of the higher four: its last four rows.</summary>
    public readonly Float4 LowerH2 => new(R4H.Z, R5H.Z, R6H.Z, R7H.Z);

    /// <summary>Column 3 of the higher four: its first four rows.</summary>
    public readonly Float4 UpperH3 => new(R0H.W, R1H.W, R2H.W, R3H.W);

    /// <summary>Column 3 of the higher four: its last four rows.</summary>
    public readonly Float4 LowerH3 => new(R4H.W, R5H.W, R6H.W, R7H.W);
}
