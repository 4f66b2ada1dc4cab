using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using CrossPT.Tensors;

namespace CrossPT.Runner.Bench;

/// <summary>
/// A back end that times every kernel of another. A device that computes beside the processor is waited for after each
/// kernel, which costs a step what it gains by running ahead.
/// </summary>
/// <remarks>
/// What asks a tensor for its back end gets the other one and is not timed: the optimizer's kernels count as time
/// between kernels.
/// </remarks>
internal sealed class ProfiledBackend : IBackend
{
    private readonly IBackend _inner;

    public ProfiledBackend(IBackend inner)
    {
        _inner = inner;
        Times = new KernelTimes(inner);
        Matrix = new ProfiledMatrix(inner.Matrix, Times);
        Elementwise = ProfiledKernels.Of(inner.Elementwise, Times);
        Reduction = ProfiledKernels.Of(inner.Reduction, Times);
        Norm = ProfiledKernels.Of(inner.Norm, Times);
        Attention = ProfiledKernels.Of(inner.Attention, Times);
        Index = ProfiledKernels.Of(inner.Index, Times);
        Loss = ProfiledKernels.Of(inner.Loss, Times);
        Optimizer = ProfiledKernels.Of(inner.Optimizer, Times);
    }

    /// <summary>What was measured.</summary>
    public KernelTimes Times { get; }

    public string Name => _inner.Name;

    public DType ComputeType => _inner.ComputeType;

    public bool IsHostMemory => _inner.IsHostMemory;

    public IElementwiseKernels Elementwise { get; }

    public IMatrixKernels Matrix { get; }

    public IReductionKernels Reduction { get; }

    public INormKernels Norm { get; }

    public IAttentionKernels Attention { get; }

    public IIndexKernels Index { get; }

    public ILossKernels Loss { get; }

    public IOptimizerKernels Optimizer { get; }

    public Storage AllocateStorage(long byteLength) => _inner.AllocateStorage(byteLength);

    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.CopyFromHost(source, destination);
        Times.Add("CopyFromHost", start, operations: 0, source.Length);
    }

    public void CopyToHost(Tensor source, Span<byte> destination)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.CopyToHost(source, destination);
        Times.Add("CopyToHost", start, operations: 0, destination.Length);
    }

    public void Synchronize() => _inner.Synchronize();

    /// <summary>Leaves the other back end open.</summary>
    public void Dispose()
    {
    }
}

/// <summary>Time, arithmetic and memory traffic of each kind of kernel.</summary>
internal sealed class KernelTimes(IBackend backend)
{
    private readonly Dictionary<string, Kind> _kinds = [];

    /// <summary>The kinds that were called, longest time first.</summary>
    public IReadOnlyList<Kind> Kinds => [.. _kinds.Values.OrderByDescending(static kind => kind.Seconds)];

    /// <summary>Time of all kernels.</summary>
    public double Seconds => _kinds.Values.Sum(static kind => kind.Seconds);

    /// <summary>Forgets what was measured so far.</summary>
    public void Clear() => _kinds.Clear();

    /// <summary>Counts a call that began at <paramref name="start"/> and was launched just now.</summary>
    public void Add(string name, long start, double operations, double bytes)
    {
        backend.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _kinds.TryGetValue(name, out Kind? before);
        before ??= new Kind(name, 0, 0, 0, 0);
        _kinds[name] = new Kind(
            name, before.Calls + 1, before.Seconds + seconds, before.Operations + operations, before.Bytes + bytes);
    }

    /// <summary>All calls of one kernel.</summary>
    /// <param name="Name">Its name in the contract.</param>
    /// <param name="Calls">Calls.</param>
    /// <param name="Seconds">Their time.</param>
    /// <param name="Operations">
    /// Floating-point operations, a fused multiply-add counting two; 0 where memory alone decides.
    /// </param>
    /// <param name="Bytes">Bytes of the operands, each read or written once.</param>
    public sealed record Kind(string Name, int Calls, double Seconds, double Operations, double Bytes);
}

/// <summary>
/// Times the calls of a kernel group whose parameters can be boxed: all groups but the matrix products.
/// </summary>
public class ProfiledKernels : DispatchProxy
{
    private object? _kernels;
    private KernelTimes? _times;

    internal static T Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(
        T kernels, KernelTimes times)
        where T : class
    {
        T proxy = Create<T, ProfiledKernels>();
        ProfiledKernels profiled = (ProfiledKernels)(object)proxy;
        profiled._kernels = kernels;
        profiled._times = times;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        MethodInfo method = targetMethod!;
        if (method.IsSpecialName) return method.Invoke(_kernels, args);
        string group = method.DeclaringType!.Name[1..].Replace("Kernels", "", StringComparison.Ordinal);
        string name = method.Name is "Forward" or "Backward" ? $"{group}{method.Name}" : method.Name;
        double operations = 0;
        if (args![0] is AttentionLayout layout)
        {
            // Forward Q·Kᵀ and P·V; backward the scores again, the probabilities' gradient, and each that is wanted.
            int wanted = name == "AttentionBackward" ? args[7..10].Count(static gradient => gradient is not null) : 0;
            operations = Operations(layout, products: 2 + wanted);
        }
        IEnumerable<Tensor> ofUpdates = args.OfType<IReadOnlyList<AdamWUpdate>>()
            .SelectMany(static updates => updates)
            .SelectMany<AdamWUpdate, Tensor>(static update =>
                [update.Parameter, update.Gradient, update.FirstMoment, update.SecondMoment]);
        double bytes = args.OfType<Tensor>().Concat(ofUpdates)
            .Sum(static tensor => (double)tensor.Length * tensor.DType.ByteSize());
        long start = Stopwatch.GetTimestamp();
        object? result = method.Invoke(_kernels, BindingFlags.DoNotWrapExceptions, null, args, null);
        _times!.Add(name, start, operations, bytes);
        return result;
    }

    /// <summary>Products of every query with every key, or of as much.</summary>
    private static double Operations(AttentionLayout layout, int products)
    {
        double scores = 0;
        for (int i = 0; i < layout.Queries.Count; i++)
            scores += (double)layout.Queries.LengthOf(i) * layout.Keys.LengthOf(i);
        return 2.0 * products * scores * layout.Heads * layout.HeadWidth;
    }
}

/// <summary>Times the matrix products.</summary>
internal sealed class ProfiledMatrix(IMatrixKernels inner, KernelTimes times) : IMatrixKernels
{
    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false) =>
        inner.CreatePacked(groups, outputs, inputs, isTable);

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination) => inner.Pack(rows, firstRow, destination);

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination) =>
        inner.Pack(rows, type, firstRow, destination);

    public IPackedMatrix Stack(IPackedMatrix weight) => inner.Stack(weight);

    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y) => inner.Unpack(weight, firstRow, y);

    public void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Linear(x, weight, y, residual, relu, positive);
        times.Add(
            Name("Linear", weight), start, Operations(y, weight),
            Bytes(x, y, residual, positive) + weight.ByteLength);
    }

    public void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LinearTransposed(dy, weight, dx, accumulate, positive, wanted);
        times.Add(
            Name("LinearTransposed", weight), start, Operations(dy, weight),
            Bytes(dy, dx, accumulate ? dx : null, positive) + weight.ByteLength);
    }

    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Product(a, transposeA, b, transposeB, c, accumulate);
        times.Add(
            "Product", start, 2.0 * c.Length * (transposeA ? a.Rows : a.Columns),
            Bytes(a, b, c, accumulate ? c : null));
    }

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Gather(weight, ids, y);
        times.Add("Gather", start, operations: 0, Bytes(ids, y, y));
    }

    /// <summary>Products are told apart by their weight: their speed depends on it.</summary>
    private static string Name(string kernel, IPackedMatrix weight) =>
        $"{kernel} {(weight.Groups > 1 ? $"{weight.Groups} × " : "")}{weight.Outputs} × {weight.Inputs}";

    private static double Operations(Tensor outputs, IPackedMatrix weight) =>
        2.0 * outputs.Rows * weight.Groups * weight.Outputs * weight.Inputs;

    private static double Bytes(params ReadOnlySpan<Tensor?> tensors)
    {
        double bytes = 0;
        foreach (Tensor? tensor in tensors)
            if (tensor is not null) bytes += (double)tensor.Length * tensor.DType.ByteSize();
        return bytes;
    }
}
