namespace CrossPT.Tensors.Ilgpu;

/// <summary>What one thread copies of every slab: two 16-byte words of A and two of the weight.</summary>
internal readonly struct SlabCopy<TW>
    where TW : struct, IOrder
{
    private const int Depth = 32, OperandBytes = TensorCoreKernel.Edge * Depth * 2;

    // Addresses of the words in the first slab; of a word outside the operand that of its beginning, and then nothing is read.
    private readonly long _a0, _a1, _w0, _w1, _a, _w, _wStep;
    private readonly int _aTarget0, _aTarget1, _wTarget0, _wTarget1;

    // How many steps from the first slab's word on there are, none where the word's row is outside.
    private readonly int _aLeft0, _aLeft1, _wLeft0, _wLeft1;

    public SlabCopy(ProductCall call, TensorOperands operands, int group, int row, int column, int inner, int thread)
    {
        _a = operands.A;
        _w = operands.B;
        _wStep = TW.InnerIsContiguous ? 2 * Depth : 2L * Depth * operands.BStride;
        int r0 = thread >> 2, r1 = r0 + 64, word = thread & 3, step = inner + (8 * word);
        _a0 = operands.A + (2 * (((long)(row + r0) * operands.AStride) + ((long)group * operands.AWidth) + step));
        _a1 = _a0 + (2L * 64 * operands.AStride);
        _aTarget0 = (r0 * 64) + ((word ^ ((r0 >> 1) & 3)) << 4);
        _aTarget1 = _aTarget0 + (64 * 64);
        _aLeft0 = row + r0 < call.Rows ? operands.AWidth - step : 0;
        _aLeft1 = row + r1 < call.Rows ? operands.AWidth - step : 0;

        long weight = operands.B + (2 * group * operands.BGroup);
        if (TW.InnerIsContiguous)
        {
            _w0 = weight + (2 * (((long)(column + r0) * operands.BStride) + step));
            _w1 = _w0 + (2L * 64 * operands.BStride);
            _wTarget0 = OperandBytes + _aTarget0;
            _wTarget1 = OperandBytes + _aTarget1;
            _wLeft0 = column + r0 < operands.BRows ? operands.BStride - step : 0;
            _wLeft1 = column + r1 < operands.BRows ? operands.BStride - step : 0;
            return;
        }
        int s0 = thread >> 4, s1 = s0 + 16, wide = thread & 15, from = column + (8 * wide);
        _w0 = weight + (2 * (((long)(inner + s0) * operands.BStride) + from));
        _w1 = _w0 + (2L * 16 * operands.BStride);
        _wTarget0 = OperandBytes + (s0 * 256) + ((wide ^ (s0 & 7)) << 4);
        _wTarget1 = _wTarget0 + (16 * 256);
        _wLeft0 = from < operands.BStride ? operands.BRows - (inner + s0) : 0;
        _wLeft1 = from < operands.BStride ? operands.BRows - (inner + s1) : 0;
    }

    /// <summary>Begins the copies of slab <paramref name="index"/> to shared memory at <paramref name="target"/>.</summary>
    public void Begin(int target, int index)
    {
        int steps = index * Depth;
        long forward = (long)index * (2 * Depth), weightForward = index * _wStep;
        One(target + _aTarget0, _a0 + forward, _a, _aLeft0 > steps);
        One(target + _aTarget1, _a1 + forward, _a, _aLeft1 > steps);
        One(target + _wTarget0, _w0 + weightForward, _w, _wLeft0 > steps);
        One(target + _wTarget1, _w1 + weightForward, _w, _wLeft1 > steps);
    }

    private static void One(int target, long source, long otherwise, bool exists) => Intrinsics.CopyAsync(target, exists ? source : otherwise, exists ? 16 : 0);
}
