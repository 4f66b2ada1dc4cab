using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels.</content>
internal sealed partial class CudaElementwise
{
    private static void FillRows(FillArgs args)
    {
        Float4 value = new(args.Value, args.Value, args.Value, args.Value);
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            Line y = args.Y.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
                y.Store(column, value);
        }
    }

    /// <summary>y = f(a, b, alpha, beta), or y += it. An operand the operator ignores is not read.</summary>
    private static void Apply<TOperator>(OperatorArgs args)
        where TOperator : struct, IOperator
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            Line a = args.A.Row(row, args.Extent), b = args.B.Row(row, args.Extent), y = args.Y.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
            {
                Float4 p = a.Load(column), q = b.Load(column), value;
                value.X = TOperator.Invoke(p.X, q.X, args.Alpha, args.Beta);
                value.Y = TOperator.Invoke(p.Y, q.Y, args.Alpha, args.Beta);
                value.Z = TOperator.Invoke(p.Z, q.Z, args.Alpha, args.Beta);
                value.W = TOperator.Invoke(p.W, q.W, args.Alpha, args.Beta);
                if (args.Accumulate != 0) value = y.Load(column) + value;
                y.Store(column, value);
                BFloat16.Store(args.Rounded, (row * args.Extent.Columns) + column, value);
            }
        }
    }

    /// <summary>A thread clamps the eight columns of a byte of bits; the bits of columns past the last are 0.</summary>
    private static void ReluRows(ReluArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            Line x = args.X.Row(row, args.Extent), y = args.Y.Row(row, args.Extent);
            for (int octet = GridStride.FirstColumn; octet < args.Octets; octet += GridStride.ColumnStep)
            {
                long column = 8L * octet;
                Float4 low = x.Load(column), high = x.Load(column + 4);
                y.Store(column, Clamped(low));
                y.Store(column + 4, Clamped(high));
                if (args.BitsStride == 0) continue;
                args.Bits[((long)row * args.BitsStride) + octet] = (byte)(low.PositiveBits | (high.PositiveBits << 4));
            }
        }
    }

    // Not the maximum, which would lose NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Clamped(Float4 x)
        => new(x.X < 0 ? 0 : x.X, x.Y < 0 ? 0 : x.Y, x.Z < 0 ? 0 : x.Z, x.W < 0 ? 0 : x.W);

    private static void ReluMask(ReluArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            Line dy = args.X.Row(row, args.Extent), dx = args.Y.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
            {
                int bits = args.Bits[((long)row * args.BitsStride) + (column >> 3)];
                dx.Store(column, dy.Load(column).Where(bits >> (int)(column & 4)));
            }
        }
    }

    private static void GatedGradients<TActivation>(GatedArgs args)
        where TActivation : struct, IActivation
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            Line dy = args.OutputGradient.Row(row, args.Extent), gate = args.Gate.Row(row, args.Extent);
            Line linear = args.Linear.Row(row, args.Extent), dGate = args.GateGradient.Row(row, args.Extent);
            Line dLinear = args.LinearGradient.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
            {
                Float4 d = dy.Load(column), x = gate.Load(column), l = linear.Load(column), dx, dl;
                dx.X = Gradients<TActivation>(d.X, x.X, l.X, out dl.X);
                dx.Y = Gradients<TActivation>(d.Y, x.Y, l.Y, out dl.Y);
                dx.Z = Gradients<TActivation>(d.Z, x.Z, l.Z, out dl.Z);
                dx.W = Gradients<TActivation>(d.W, x.W, l.W, out dl.W);
                dGate.Store(column, dx);
                dLinear.Store(column, dl);
                // Both gradients side by side in a row.
                long rounded = (2 * row * args.Extent.Columns) + column;
                BFloat16.Store(args.Rounded, rounded, dx);
                BFloat16.Store(args.Rounded, rounded + args.Extent.Columns, dl);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Gradients<TActivation>(float d, float x, float linear, out float dLinear)
        where TActivation : struct, IActivation
    {
        dLinear = d * TActivation.Value(x, out float derivative);
        return d * linear * derivative;
    }

    /// <summary>
    /// The masks of <see cref="DropoutMask"/>, bit for bit: a thread makes its row's keys once and then has every so
    /// many columns of it.
    /// </summary>
    private static void DropoutRows(DropoutArgs args)
    {
        for (int row = GridStride.FirstRow; row < args.Extent.Rows; row += GridStride.RowStep)
        {
            args.Keys.Of(args.Keys.HasRows != 0 ? args.Rows[row] : row, out uint key0, out uint key1);
            Line x = args.X.Row(row, args.Extent), y = args.Y.Row(row, args.Extent);
            for (long column = GridStride.FirstWord; column < args.Extent.Columns; column += GridStride.WordStep)
            {
                uint first = (uint)column;
                int bits = (args.Keys.Keeps(first, key0, key1) ? 1 : 0)
                    | (args.Keys.Keeps(first + 1, key0, key1) ? 2 : 0)
                    | (args.Keys.Keeps(first + 2, key0, key1) ? 4 : 0)
                    | (args.Keys.Keeps(first + 3, key0, key1) ? 8 : 0);
                Float4 value = (x.Load(column) * args.Keys.Scale).Where(bits);
                y.Store(column, value);
                BFloat16.Store(args.Rounded, (row * args.Extent.Columns) + column, value);
            }
        }
    }
}
