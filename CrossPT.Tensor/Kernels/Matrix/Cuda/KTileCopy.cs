namespace CrossPT.Tensors.Cuda;

/// <summary>
/// What one thread copies of every k-tile: four 16-byte words of A and four of the weight, whole rows apart.
/// </summary>
internal readonly struct KTileCopy<TW, TTerms>
    where TW : struct, IOrder
    where TTerms : struct, ITerms
{
    private const int Depth = 32, OperandBytes = TensorCoreKernel.Edge * Depth * 2;

    /// <summary>
    /// Rows from one word to the next, of an operand whose rows are 32 steps; and of one whose rows are the steps, 128
    /// columns wide.
    /// </summary>
    private const int RowsApart = TensorCoreKernel.Threads / 4, StepsApart = TensorCoreKernel.Threads / 16;

    // Addresses of the first words in the first k-tile, and how far it is to the next; of a word outside the operand
    // the operand's beginning stands, and nothing is read.
    private readonly long _a0, _w0, _aApart, _wApart, _a, _w, _wStep;

    // How far it is from an element to what rounding left of it, where operands are split.
    private readonly int _aRest, _wRest;
    private readonly int _aTarget, _wTarget;

    // How many steps from the first k-tile's word on there are; and rows of the operand from the first word's on.
    private readonly int _aLeft, _wLeft, _aRows, _wRows;

    public KTileCopy(ProductCall call, TensorOperands operands, int group, int row, int column, int inner, int thread)
    {
        _a = operands.A;
        _w = operands.B;
        _aRest = 2 * operands.AWidth;
        _wRest = 2 * operands.BWidth;
        int r = thread >> 2, word = thread & 3, step = inner + (8 * word);
        _a0 = Intrinsics.SettleLong(
            operands.A + (2 * (((long)(row + r) * operands.AStride) + ((long)group * operands.AGroup) + step)));
        _aApart = 2L * RowsApart * operands.AStride;
        _aTarget = Intrinsics.Settle((r * 64) + ((word ^ ((r >> 1) & 3)) << 4));
        _aLeft = Intrinsics.Settle(operands.AWidth - step);
        _aRows = Intrinsics.Settle(call.Rows - row - r);

        long weight = operands.B + (2 * group * operands.BGroup);
        if (TW.InnerIsContiguous)
        {
            _w0 = Intrinsics.SettleLong(weight + (2 * (((long)(column + r) * operands.BStride) + step)));
            _wApart = 2L * RowsApart * operands.BStride;
            _wStep = 2 * Depth;
            _wTarget = OperandBytes + _aTarget;
            _wLeft = Intrinsics.Settle(operands.BWidth - step);
            _wRows = Intrinsics.Settle(operands.BRows - column - r);
            return;
        }
        int s = thread >> 4, wide = thread & 15, from = column + (8 * wide);
        _w0 = Intrinsics.SettleLong(weight + (2 * (((long)(inner + s) * operands.BStride) + from)));
        _wApart = 2L * StepsApart * operands.BStride;
        _wStep = 2L * Depth * operands.BStride;
        _wTarget = Intrinsics.Settle(OperandBytes + (s * 256) + ((wide ^ (s & 7)) << 4));
        _wLeft = Intrinsics.Settle(from < operands.BWidth ? operands.BRows - (inner + s) : 0);
        _wRows = 0;
    }

    /// <summary>
    /// Begins the copies to shared memory at <paramref name="target"/> for the product <paramref name="index"/>: of
    /// that k-tile or, where operands are split, of the terms hi·hi, hi·lo and lo·hi of each in turn.
    /// </summary>
    public void Begin(int target, int index)
    {
        int kTile = index / TTerms.Count, term = index - (kTile * TTerms.Count);
        int steps = kTile * Depth, a = target + _aTarget, w = target + _wTarget;
        long from = _a0 + ((long)kTile * (2 * Depth));
        if (TTerms.Count > 1 && term == 2) from += _aRest;
        bool left = _aLeft > steps;
        One(a, from, _a, left && _aRows > 0);
        One(a + (64 * RowsApart), from + _aApart, _a, left && _aRows > RowsApart);
        One(a + (128 * RowsApart), from + (2 * _aApart), _a, left && _aRows > 2 * RowsApart);
        One(a + (192 * RowsApart), from + (3 * _aApart), _a, left && _aRows > 3 * RowsApart);

        from = _w0 + (kTile * _wStep);
        if (TTerms.Count > 1 && term == 1) from += _wRest;
        if (TW.InnerIsContiguous)
        {
            left = _wLeft > steps;
            One(w, from, _w, left && _wRows > 0);
            One(w + (64 * RowsApart), from + _wApart, _w, left && _wRows > RowsApart);
            One(w + (128 * RowsApart), from + (2 * _wApart), _w, left && _wRows > 2 * RowsApart);
            One(w + (192 * RowsApart), from + (3 * _wApart), _w, left && _wRows > 3 * RowsApart);
            return;
        }
        One(w, from, _w, _wLeft > steps);
        One(w + (256 * StepsApart), from + _wApart, _w, _wLeft > steps + StepsApart);
        One(w + (512 * StepsApart), from + (2 * _wApart), _w, _wLeft > steps + (2 * StepsApart));
        One(w + (768 * StepsApart), from + (3 * _wApart), _w, _wLeft > steps + (3 * StepsApart));
    }

    private static void One(int target, long source, long otherwise, bool exists)
        => Intrinsics.CopyAsync(target, exists ? source : otherwise, exists ? 16 : 0);
}
