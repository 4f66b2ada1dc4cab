using System.Reflection;
using CrossPT.Tensors.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Benchmarks.Roofline;

/// <summary>What a kernel moves and computes.</summary>
/// <param name="Bytes">To and from memory, each operand once.</param>
/// <param name="Operations">Multiplications and additions of matrix products.</param>
/// <param name="OnTensorCores">Whether tensor cores do them, in bf16.</param>
internal readonly record struct Work(double Bytes, double Operations = 0, bool OnTensorCores = false);

/// <summary>Bytes and operations of a launch, from the kernel's arguments.</summary>
internal static class LaunchWork
{
    private const int Single = sizeof(float), Half = sizeof(ushort);

    public static Work Of(string kernel, KernelConfig grid, object args) => args switch
    {
        ProductCall call => new(
            (((double)call.Rows * call.Inner * Single) + ((double)call.Columns * call.Inner * Single))
                * Groups(call, grid)
                + Written(call, grid) + call.Mask.Length,
            2.0 * call.Rows * call.Columns * call.Inner * Groups(call, grid)),
        TensorCoreArgs { Call: var call, Operands: var operands } => OfTensorCores(grid, call, operands),
        RoundingCall call => new(
            ((double)call.Rows * call.Groups * call.Width * Single)
                + ((double)call.Rows * call.Groups * call.Octets * 16 * (1 + call.IsSplit)) + call.Mask.Length),
        AttentionCall call => OfAttention(kernel, grid, call),
        KeyValueArgs keys => OfAttention(kernel, grid, keys.Call),
        DeltaArgs { Call: var call, Rows: int rows } => new(2.0 * rows * call.Heads * call.Width * Single),
        CudaOptimizer.AdamWArgs adam => new(7.0 * Single * OfEntries(adam.Entries)),
        CopyArgs copy => new(2.0 * grid.GridDim.X * copy.Columns * Single),
        WidenArgs widen => new((double)grid.GridDim.X * widen.Columns * ((widen.Words / widen.Octets * Half) + Single)),
        _ => new(Views(args)),
    };

    /// <summary>Of split operands both parts are read, for three products.</summary>
    private static Work OfTensorCores(KernelConfig grid, ProductCall call, TensorOperands operands)
    {
        bool isSplit = operands.AGroup > operands.AWidth;
        double elements = ((double)call.Rows * operands.AWidth) + ((double)call.Columns * call.Inner);
        double product = 2.0 * call.Rows * call.Columns * call.Inner * Groups(call, grid);
        return new(
            (elements * Groups(call, grid) * (isSplit ? 2 * Half : Half)) + Written(call, grid),
            isSplit ? 3 * product : product, OnTensorCores: true);
    }

    private static int Groups(ProductCall call, KernelConfig grid) => grid.GridDim.Z / call.Splits;

    /// <summary>What is written beside the result, and the bits that are read.</summary>
    private static double Beside(ProductCall call)
        => call.Positive.Length + call.Wanted.Length + (call.Rounded.Length * (double)sizeof(long));

    private static double Written(ProductCall call, KernelConfig grid)
    {
        // The partial sums of a product that is split are written and read.
        double elements = (double)call.Rows * call.Columns * Groups(call, grid);
        return (elements * Single * (call.Initial.Length > 0 ? 2 : 1)) + (2.0 * call.Partials.Length * Single)
            + Beside(call);
    }

    /// <summary>Each kernel makes the scores again, once for every 64 columns of the head.</summary>
    private static Work OfAttention(string kernel, KernelConfig grid, AttentionCall call)
    {
        double pairs = 0;
        ReadOnlySpan<int> queries = Host(call.QueryStarts), keys = Host(call.KeyStarts);
        for (int i = 0; i + 1 < queries.Length; i++)
            pairs += (double)(queries[i + 1] - queries[i]) * (keys[i + 1] - keys[i]);
        double queryBytes = (double)queries[^1] * call.Heads * call.Width * Single;
        double keyBytes = (double)keys[^1] * call.Heads * call.Width * Single;
        // Products over all pairs of a head: those of every piece of the head's width, and those of the width once.
        bool onTensorCores = kernel.StartsWith("TensorCore", StringComparison.Ordinal);
        string name = kernel.Split('.')[1];
        // Without the width of a head, which theirs are made for.
        if (onTensorCores) name = name.Split('<')[0];
        (int everyPiece, int once, double bytes) = name switch
        {
            "QueryGradient" => (2, 1, (3 * queryBytes) + (2 * keyBytes)),
            "KeyAndValueGradients" => (2, 2, (2 * queryBytes) + (4 * keyBytes)),
            "Forward" => (1, 1, (2 * queryBytes) + (2 * keyBytes)),
            "Deltas" => (2, 0, (2 * queryBytes) + (2 * keyBytes)),
            "Gradient<ValueKind>" => (1, 1, (2 * queryBytes) + (2 * keyBytes)),
            "Gradient<QueryKind>" => (2, 1, (3 * queryBytes) + (2 * keyBytes)),
            "Gradient<KeyKind>" => (2, 1, (2 * queryBytes) + (3 * keyBytes)),
            "Lines" => (2, 0, (2 * queryBytes) + (2 * keyBytes)),
            _ => throw new NotSupportedException($"roofline: {kernel}, expected a kernel of attention"),
        };
        if (call.Accumulate != 0) bytes += call.ResultStride > 0 ? Math.Min(queryBytes, keyBytes) : 0;
        double product = 2 * pairs * call.Heads * call.Width;
        bytes += call.Rounded.Length > 0 ? Math.Min(queryBytes, keyBytes) / 2 : 0;
        return new(bytes, ((everyPiece * grid.GridDim.Z) + once) * product, onTensorCores);
    }

    private static unsafe double OfEntries(ArrayView<CudaOptimizer.AdamWEntry> entries)
    {
        ReadOnlySpan<CudaOptimizer.AdamWEntry> host =
            new((void*)entries.LoadEffectiveAddressAsPtr(), (int)entries.Length);
        double elements = 0;
        foreach (CudaOptimizer.AdamWEntry entry in host) elements += entry.Length;
        return elements;
    }

    private static unsafe ReadOnlySpan<int> Host(ArrayView<int> view)
        => new((void*)view.LoadEffectiveAddressAsPtr(), (int)view.Length);

    /// <summary>
    /// All matrices and vectors of the arguments, of a matrix with an extent no more than that; the same memory under
    /// two names of inputs counts once.
    /// </summary>
    private static double Views(object args)
    {
        FieldInfo[] fields = args.GetType()
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        double largest = double.PositiveInfinity, bytes = 0;
        foreach (object? value in fields.Select(field => field.GetValue(args)))
            if (value is Extent extent && double.IsInfinity(largest)) largest = (double)extent.Rows * extent.Columns;
        nint first = 0;
        bool isAccumulating = false;
        foreach (FieldInfo field in fields)
        {
            object value = field.GetValue(args)!;
            if (value is MatrixView matrix) value = matrix.Data;
            if (field.Name.Contains("Accumulate", StringComparison.Ordinal) && value is not 0) isAccumulating = true;
            double here = value switch
            {
                ArrayView<float> view => Math.Min(view.Length, largest) * Single,
                ArrayView<int> view => view.Length * (double)sizeof(int),
                ArrayView<long> view => view.Length * (double)sizeof(long),
                ArrayView<byte> view => view.Length,
                _ => 0,
            };
            if (value is ArrayView<float> { Length: > 0 } floats)
            {
                nint address = floats.LoadEffectiveAddressAsPtr();
                // An operator of one operand has it twice.
                if (address == first && field.Name.Contains("<B>", StringComparison.Ordinal)) continue;
                if (first == 0) first = address;
            }
            bytes += here;
        }
        return isAccumulating ? bytes + (largest * Single) : bytes;
    }
}
