using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Element-wise kernels: one driver for one operand, one for two, and the few that keep bits or write two results.
/// </summary>
internal sealed unsafe class CpuElementwise<TSimd, V>(WorkerPool pool) : IElementwiseKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Elements below which another thread costs more than it brings.</summary>
    private const int Chunk = 16 * 1024;

    public void Fill(Tensor y, double value)
    {
        KernelChecks.Fill(y);
        float* target = (float*)y.Address;
        ForEach(
            y, y.IsContiguous,
            (row, column, count) => new Span<float>(target + (row * (nint)y.RowStride) + column, count)
                .Fill((float)value));
    }

    public void Copy(Tensor x, Tensor y)
    {
        KernelChecks.Copy(x, y);
        Unary(default(CopyOperator), x, y);
    }

    public void Add(Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1)
    {
        KernelChecks.Add(a, b, y);
        Binary(new AddOperator((float)alpha, (float)beta), a, b, y, accumulate: false);
    }

    public void Scale(Tensor x, Tensor y, double alpha)
    {
        KernelChecks.Scale(x, y);
        Unary(new ScaleOperator((float)alpha), x, y);
    }

    public void Multiply(Tensor a, Tensor b, Tensor y, bool accumulate = false)
    {
        KernelChecks.Multiply(a, b, y);
        Binary(default(MultiplyOperator), a, b, y, accumulate);
    }

    public void Relu(Tensor x, Tensor y, Tensor? positive)
    {
        KernelChecks.Relu(x, y, positive);
        int rows = x.Rows, columns = x.Columns;
        float* source = (float*)x.Address, target = (float*)y.Address;
        byte* bits = positive is null ? null : (byte*)positive.Address;
        int stride = positive?.RowStride ?? 0;
        pool.Run(rows, (row, _) =>
        {
            float* to = target + ((nint)row * columns);
            if (source != target)
                Buffer.MemoryCopy(source + ((nint)row * columns), to, columns * sizeof(float), columns * sizeof(float));
            Clamp(to, 0, 1, columns, bits == null ? null : bits + ((nint)row * stride), 0);
        });
    }

    public void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        KernelChecks.ReluBackward(dy, positive, dx);
        int columns = dy.Columns, stride = positive.RowStride;
        float* source = (float*)dy.Address, target = (float*)dx.Address;
        byte* bits = (byte*)positive.Address;
        pool.Run(
            dy.Rows,
            (row, _) => Mask(
                source + ((nint)row * columns), bits + ((nint)row * stride), target + ((nint)row * columns), columns));
    }

    public void Activate(Tensor x, Tensor y, Activation activation)
    {
        KernelChecks.Activate(x, y);
        switch (activation)
        {
            case Activation.Relu:
                Unary(default(ActivationOperator<ReluActivation>), x, y);
                break;
            case Activation.GeluTanh:
                Unary(default(ActivationOperator<GeluTanhActivation>), x, y);
                break;
            case Activation.Gelu:
                Unary(default(ActivationOperator<GeluActivation>), x, y);
                break;
            case Activation.Silu:
                Unary(default(ActivationOperator<SiluActivation>), x, y);
                break;
            default:
                Unary(default(ActivationOperator<SigmoidActivation>), x, y);
                break;
        }
    }

    public void ActivateBackward(Tensor dy, Tensor x, Tensor dx, Activation activation)
    {
        KernelChecks.ActivateBackward(dy, x, dx);
        switch (activation)
        {
            case Activation.Relu:
                Binary(default(ActivationGradientOperator<ReluActivation>), dy, x, dx, accumulate: false);
                break;
            case Activation.GeluTanh:
                Binary(default(ActivationGradientOperator<GeluTanhActivation>), dy, x, dx, accumulate: false);
                break;
            case Activation.Gelu:
                Binary(default(ActivationGradientOperator<GeluActivation>), dy, x, dx, accumulate: false);
                break;
            case Activation.Silu:
                Binary(default(ActivationGradientOperator<SiluActivation>), dy, x, dx, accumulate: false);
                break;
            default:
                Binary(default(ActivationGradientOperator<SigmoidActivation>), dy, x, dx, accumulate: false);
                break;
        }
    }

    public void Gated(Tensor gate, Tensor linear, Tensor y, Activation activation)
    {
        KernelChecks.Gated(gate, linear, y);
        switch (activation)
        {
            case Activation.Relu:
                Binary(default(GatedOperator<ReluActivation>), gate, linear, y, accumulate: false);
                break;
            case Activation.GeluTanh:
                Binary(default(GatedOperator<GeluTanhActivation>), gate, linear, y, accumulate: false);
                break;
            case Activation.Gelu:
                Binary(default(GatedOperator<GeluActivation>), gate, linear, y, accumulate: false);
                break;
            case Activation.Silu:
                Binary(default(GatedOperator<SiluActivation>), gate, linear, y, accumulate: false);
                break;
            default:
                Binary(default(GatedOperator<SigmoidActivation>), gate, linear, y, accumulate: false);
                break;
        }
    }

    public void GatedBackward(
        Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear, Activation activation)
    {
        KernelChecks.GatedBackward(dy, gate, linear, dGate, dLinear);
        switch (activation)
        {
            case Activation.Relu:
                GatedBackward<ReluActivation>(dy, gate, linear, dGate, dLinear);
                break;
            case Activation.GeluTanh:
                GatedBackward<GeluTanhActivation>(dy, gate, linear, dGate, dLinear);
                break;
            case Activation.Gelu:
                GatedBackward<GeluActivation>(dy, gate, linear, dGate, dLinear);
                break;
            case Activation.Silu:
                GatedBackward<SiluActivation>(dy, gate, linear, dGate, dLinear);
                break;
            default:
                GatedBackward<SigmoidActivation>(dy, gate, linear, dGate, dLinear);
                break;
        }
    }

    public void RelaxedBernoulli(Tensor logits, Tensor noise, Tensor y, double temperature)
    {
        KernelChecks.RelaxedBernoulli(logits, noise, y);
        Binary(new ConcreteOperator((float)(1 / temperature)), logits, noise, y, accumulate: false);
    }

    public void RelaxedBernoulliSlope(Tensor y, Tensor logits, Tensor slope, double temperature)
    {
        KernelChecks.RelaxedBernoulliSlope(y, logits, slope);
        Binary(new ConcreteSlopeOperator((float)(1 / temperature)), y, logits, slope, accumulate: false);
    }

    public void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        KernelChecks.Dropout(x, y, mask, rows);
        float* source = (float*)x.Address, target = (float*)y.Address;
        int* places = rows is null ? null : (int*)rows.Address;
        nint sourceStride = x.RowStride, stride = y.RowStride;
        int threshold = mask.Threshold;
        float scale = (float)mask.Scale;
        ForEach(y, contiguous: false, (row, _, columns) =>
        {
            (uint key0, uint key1) = mask.Keys(places == null ? row : places[row]);
            float* from = source + (row * sourceStride), to = target + (row * stride);
            V factor = TSimd.Create(scale);
            int i = 0;
            for (; i + TSimd.Width <= columns; i += TSimd.Width)
                TSimd.Store(
                    to + i,
                    TSimd.Select(
                        TSimd.Kept((uint)i, key0, key1, threshold), TSimd.Multiply(TSimd.Load(from + i), factor),
                        TSimd.Zero));
            for (; i < columns; i++)
                to[i] = DropoutMask.Hash((uint)i, key0, key1) >> 8 >= threshold ? from[i] * scale : 0;
        });
    }

    /// <summary>
    /// c = max(c, 0) for a block, and the bits of c &gt; 0; bits begin at a byte. Every row's bits fill whole groups of
    /// 32.
    /// </summary>
    internal static void Clamp(float* c, nint stride, int rows, int columns, byte* bits, nint bitStride)
    {
        for (int row = 0; row < rows; row++, c += stride, bits += bitStride)
        {
            int column = 0;
            for (; column + 32 <= columns; column += 32)
            {
                uint word = 0;
                for (int part = 0; part < 32; part += TSimd.Width)
                {
                    V value = TSimd.Load(c + column + part);
                    if (bits != null) word |= TSimd.Bits(TSimd.Greater(value, TSimd.Zero)) << part;
                    TSimd.Store(c + column + part, TSimd.Max(TSimd.Zero, value));
                }
                if (bits != null) *(uint*)(bits + (column / 8)) = word;
            }
            if (column == columns) continue;
            uint last = 0;
            for (int i = column; i < columns; i++)
            {
                if (c[i] > 0) last |= 1u << (i - column);
                c[i] = SimdScalar.Max(0, c[i]);
            }
            if (bits != null) *(uint*)(bits + (column / 8)) = last;
        }
    }

    /// <summary>y = x where the bit is set, else 0, for one row.</summary>
    internal static void Mask(float* x, byte* bits, float* y, int columns)
    {
        int column = 0;
        for (; column + 32 <= columns; column += 32)
        {
            uint word = *(uint*)(bits + (column / 8));
            for (int part = 0; part < 32; part += TSimd.Width)
                TSimd.Store(
                    y + column + part,
                    TSimd.Select(TSimd.FromBits(word >> part), TSimd.Load(x + column + part), TSimd.Zero));
        }
        for (; column < columns; column++) y[column] = (bits[column / 8] >> (column & 7) & 1) != 0 ? x[column] : 0;
    }

    private void GatedBackward<TActivation>(Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear)
        where TActivation : struct, IActivation
    {
        float* d = (float*)dy.Address, g = (float*)gate.Address, l = (float*)linear.Address;
        float* dg = (float*)dGate.Address, dl = (float*)dLinear.Address;
        bool contiguous = dy.IsContiguous && gate.IsContiguous && linear.IsContiguous;
        ForEach(dy, contiguous && dGate.IsContiguous && dLinear.IsContiguous, (row, column, count) =>
        {
            float* dRow = d + (row * (nint)dy.RowStride) + column, gRow = g + (row * (nint)gate.RowStride) + column;
            float* lRow = l + (row * (nint)linear.RowStride) + column;
            float* dgRow = dg + (row * (nint)dGate.RowStride) + column;
            float* dlRow = dl + (row * (nint)dLinear.RowStride) + column;
            int i = 0;
            for (; i + TSimd.Width <= count; i += TSimd.Width)
                GatedBackward<TActivation, TSimd, V>(dRow + i, gRow + i, lRow + i, dgRow + i, dlRow + i);
            for (; i < count; i++)
                GatedBackward<TActivation, SimdScalar, float>(dRow + i, gRow + i, lRow + i, dgRow + i, dlRow + i);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GatedBackward<TActivation, TS, T>(
        float* dy, float* gate, float* linear, float* dGate, float* dLinear)
        where TActivation : struct, IActivation
        where TS : struct, ISimd<T>
        where T : unmanaged
    {
        T d = TS.Load(dy), x = TS.Load(gate), l = TS.Load(linear);
        T value = TActivation.Value<TS, T>(x, out T derivative);
        TS.Store(dGate, TS.Multiply(TS.Multiply(d, l), derivative));
        TS.Store(dLinear, TS.Multiply(d, value));
    }

    private void Unary<TOperator>(TOperator f, Tensor x, Tensor y)
        where TOperator : struct, IUnaryOperator
    {
        float* source = (float*)x.Address, target = (float*)y.Address;
        nint sourceStride = x.RowStride, stride = y.RowStride;
        ForEach(y, x.IsContiguous && y.IsContiguous, (row, column, count) =>
        {
            float* from = source + (row * sourceStride) + column, to = target + (row * stride) + column;
            int i = 0;
            for (; i + TSimd.Width <= count; i += TSimd.Width)
                TSimd.Store(to + i, f.Invoke<TSimd, V>(TSimd.Load(from + i)));
            for (; i < count; i++) to[i] = f.Invoke<SimdScalar, float>(from[i]);
        });
    }

    private void Binary<TOperator>(TOperator f, Tensor a, Tensor b, Tensor y, bool accumulate)
        where TOperator : struct, IBinaryOperator
    {
        float* first = (float*)a.Address, second = (float*)b.Address, target = (float*)y.Address;
        nint firstStride = a.RowStride, secondStride = b.RowStride, stride = y.RowStride;
        ForEach(y, a.IsContiguous && b.IsContiguous && y.IsContiguous, (row, column, count) =>
        {
            float* p = first + (row * firstStride) + column;
            float* q = second + (row * secondStride) + column;
            float* to = target + (row * stride) + column;
            int i = 0;
            for (; i + TSimd.Width <= count; i += TSimd.Width)
            {
                V value = f.Invoke<TSimd, V>(TSimd.Load(p + i), TSimd.Load(q + i));
                TSimd.Store(to + i, accumulate ? TSimd.Add(TSimd.Load(to + i), value) : value);
            }
            for (; i < count; i++)
            {
                float value = f.Invoke<SimdScalar, float>(p[i], q[i]);
                to[i] = accumulate ? to[i] + value : value;
            }
        });
    }

    /// <summary>
    /// Calls body(row, column, count) over all elements in pieces; contiguous tensors count as one long row.
    /// </summary>
    private void ForEach(Tensor shape, bool contiguous, Action<nint, nint, int> body)
    {
        long length = shape.Length;
        if (length == 0) return;
        if (contiguous)
        {
            int pieces = (int)((length + Chunk - 1) / Chunk);
            pool.Run(
                pieces,
                (piece, _) => body(0, (nint)piece * Chunk, (int)Math.Min(Chunk, length - ((long)piece * Chunk))));
            return;
        }
        int columns = shape.Columns, rows = shape.Rows, perPiece = Math.Max(1, Chunk / columns);
        pool.Run((rows + perPiece - 1) / perPiece, (piece, _) =>
        {
            for (int row = piece * perPiece; row < Math.Min(rows, (piece + 1) * perPiece); row++) body(row, 0, columns);
        });
    }
}
