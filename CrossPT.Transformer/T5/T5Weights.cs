using System.Runtime.InteropServices;
using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// All weights of a T5 under their checkpoint names. The model's parts ask for theirs while they are constructed;
/// afterwards one call fills them all: from a checkpoint, or at random.
/// </summary>
/// <param name="backend">Where the weights live.</param>
/// <param name="trainable">Whether they are variables that get gradients, in place of packed matrices.</param>
/// <param name="shared">Weights whose packed matrices serve here too, on another back end; null for packed matrices of
/// its own.</param>
internal sealed class T5Weights(IBackend backend, bool trainable, T5Weights? shared = null) : IDisposable
{
    private readonly List<WeightPart> _parts = [];
    private readonly List<IDisposable> _owned = [];
    private readonly List<IDisposable> _packed = [];
    private readonly List<(string Name, Variable Variable)> _variables = [];
    private readonly T5Weights? _owner = shared?._owner ?? shared;
    private int _holders = 1;
    private bool _disposed;

    /// <summary>Every named matrix and vector, in the order of construction.</summary>
    public IReadOnlyList<WeightPart> Parts => _parts;

    /// <summary>Trained weights with the (first) checkpoint name of each; empty when frozen.</summary>
    public IReadOnlyList<(string Name, Variable Variable)> Variables => _variables;

    /// <summary>A linear layer of some checkpoint matrices [outputs, inputs], one below the other.</summary>
    /// <param name="inputs">K.</param>
    /// <param name="groups">Heads that are applied one by one; 1 otherwise.</param>
    /// <param name="deviation">Standard deviation of random weights.</param>
    /// <param name="matrices">Checkpoint name and outputs of each.</param>
    public T5Linear Linear(
        int inputs, int groups, double deviation, params ReadOnlySpan<(string Name, int Outputs)> matrices)
        => Linear(inputs, groups, deviation, isTable: false, matrices);

    /// <summary>A table [rows, width] of which rows are gathered, and which is never multiplied with.</summary>
    public T5Linear Table(int width, double deviation, string name, int rows) =>
        Linear(width, 1, deviation, isTable: true, (name, rows));

    private T5Linear Linear(
        int inputs, int groups, double deviation, bool isTable,
        params ReadOnlySpan<(string Name, int Outputs)> matrices)
    {
        int outputs = 0;
        foreach ((_, int count) in matrices) outputs += count;
        IPackedMatrix? packed = trainable
            ? null
            : shared?.Find(matrices[0].Name)
                ?? Hold(backend.Matrix.CreatePacked(groups, outputs / groups, inputs, isTable));
        Variable? variable = trainable ? Variable.Parameter(Tensor.Allocate(backend, outputs, inputs)) : null;
        int row = 0;
        foreach ((string name, int count) in matrices)
        {
            _parts.Add(new WeightPart(name, new Shape(count, inputs), deviation, packed, variable, row));
            row += count;
        }
        return Own(packed is not null ? new T5Linear(packed) : new T5Linear(variable!), matrices[0].Name, variable);
    }

    /// <summary>A vector or small matrix that is used as it is: a norm's weight, a bias table.</summary>
    /// <param name="name">Checkpoint name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="deviation">Standard deviation of random values.</param>
    /// <param name="mean">Their mean.</param>
    public Variable Plain(string name, Shape shape, double deviation, double mean = 0)
    {
        Tensor value = Tensor.Allocate(backend, shape, backend.ComputeType);
        Variable variable = trainable ? Variable.Parameter(value) : Variable.Constant(TensorScope.Detach(value));
        _parts.Add(new WeightPart(name, shape, deviation, null, variable, 0) { Mean = mean });
        return Own(variable, name, trainable ? variable : null);
    }

    /// <summary>Gives one matrix of a layer a standard deviation of its own.</summary>
    public void Rescale(string name, double deviation)
    {
        // It was one of the last: searched from the front, thousands of blocks would take seconds.
        int index = _parts.FindLastIndex(part => part.Name == name);
        _parts[index] = _parts[index] with { Deviation = deviation };
    }

    /// <summary>Fills all weights from a checkpoint.</summary>
    /// <exception cref="T5FormatException">Names are missing, have other sizes or are left over: all of them in one
    /// message.</exception>
    public void Load(CheckpointTensors tensors, IProgress<WorkProgress>? progress) =>
        CheckpointLoader.Load(tensors, _parts, backend, progress);

    /// <summary>
    /// Fills what is not shared, vectors and bias tables, from the weights that the rest is shared with.
    /// </summary>
    public void CopyPlain()
    {
        foreach (WeightPart part in _parts.Where(static part => part.Packed is null))
        {
            double[] values = shared!._parts.First(other => other.Name == part.Name).Variable!.Value.ToDoubles();
            if (part.Variable!.Value.DType == DType.Float64) part.Variable.Value.CopyFrom(values);
            else part.Variable.Value.CopyFrom(Array.ConvertAll(values, static x => (float)x));
        }
    }

    /// <summary>Counts one holder of the packed matrices more, before it is made.</summary>
    /// <exception cref="ObjectDisposedException">These weights are freed.</exception>
    public void Retain()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // While this one holds them, they are not being freed.
        Interlocked.Increment(ref (_owner ?? this)._holders);
    }

    /// <summary>Fills all weights at random, each element by its place and <paramref name="seed"/> alone.</summary>
    public void Initialize(ulong seed) => RandomInitializer.Fill(_parts, seed, backend);

    /// <summary>Frees the weights; packed matrices that others hold too, when the last of them lets go.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (IDisposable owned in _owned) owned.Dispose();
        (_owner ?? this).Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        foreach (IDisposable packed in _packed) packed.Dispose();
    }

    private IPackedMatrix Find(string name) => _parts.First(part => part.Name == name).Packed!;

    private IPackedMatrix Hold(IPackedMatrix packed)
    {
        _packed.Add(packed);
        return packed;
    }

    private T Own<T>(T item, string name, Variable? variable)
        where T : IDisposable
    {
        _owned.Add(item);
        if (variable is not null) _variables.Add((name, variable));
        return item;
    }
}

/// <summary>
/// A linear layer without bias, [N, K] (out, in): frozen and packed, or trained. Matrices that read the same input
/// (queries, keys and values; the two halves of a gated feed-forward) are one layer, their outputs side by side.
/// </summary>
internal sealed class T5Linear : IDisposable
{
    private IPackedMatrix? _stacked;

    public T5Linear(IPackedMatrix frozen) => Frozen = frozen;

    public T5Linear(Variable trained) => Trained = trained;

    /// <summary>The packed weight, when it is frozen; not owned, for other models may share it.</summary>
    public IPackedMatrix? Frozen { get; }

    /// <summary>The weight, when it is trained.</summary>
    public Variable? Trained { get; }

    /// <summary>Y [R, N] = X·Wᵀ, plus the residual.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? residual = null)
        => Frozen is not null ? tape.Linear(x, Frozen, residual) : tape.Linear(x, Trained!, residual);

    /// <summary>Y = residual + dropout(X·Wᵀ); without a mask in the one pass of <see cref="Forward"/>.</summary>
    public Variable ForwardDropout(Tape tape, Variable x, Variable residual, DropoutMask? mask)
        => mask is null ? Forward(tape, x, residual) : tape.DropoutAdd(Forward(tape, x), residual, mask);

    /// <summary>max(X·Wᵀ, 0).</summary>
    public Variable ForwardRelu(Tape tape, Variable x)
        => Frozen is not null ? tape.LinearRelu(x, Frozen) : tape.Relu(tape.Linear(x, Trained!));

    /// <summary>Y = X·Wᵀ where the layer was packed head by head but all heads read the same X.</summary>
    public Variable ForwardStacked(Tape tape, Variable x)
        => Frozen is not null
            ? tape.Linear(x, _stacked ??= tape.Backend.Matrix.Stack(Frozen))
            : tape.Linear(x, Trained!);

    public void Dispose()
    {
        _stacked?.Dispose();
        Trained?.Dispose();
    }
}

/// <summary>One named tensor of a checkpoint, and where in the model its rows go.</summary>
/// <param name="Name">Checkpoint name.</param>
/// <param name="Shape">Sizes there.</param>
/// <param name="Deviation">Standard deviation of random values.</param>
/// <param name="Packed">The packed matrix it is a part of, or null.</param>
/// <param name="Variable">The variable it is (a part of), when it is not packed.</param>
/// <param name="FirstRow">Its first row in either.</param>
internal sealed record WeightPart(
    string Name, Shape Shape, double Deviation, IPackedMatrix? Packed, Variable? Variable, int FirstRow)
{
    /// <summary>Mean of random values.</summary>
    public double Mean { get; init; }

    /// <summary>Rows: all of a matrix, one of a vector.</summary>
    public int Rows => Shape.Rank == 1 ? 1 : Shape[0];

    public int Columns => Shape[-1];

    /// <summary>
    /// Puts rows given as bytes of elements in their place; different rows from several threads at once.
    /// </summary>
    public void Write(ReadOnlySpan<byte> rows, DType type, int firstRow, IBackend backend)
    {
        if (Packed is not null)
        {
            backend.Matrix.Pack(rows, type, FirstRow + firstRow, Packed);
            return;
        }
        int size = type.ByteSize();
        double[] values = new double[rows.Length / size];
        for (int i = 0; i < values.Length; i++) values[i] = Element(rows.Slice(i * size, size), type);
        Tensor value = Variable!.Value;
        // Both views are given back: one left over would hold the memory for good.
        using Tensor matrix = value.Reshape(value.Rows, Columns);
        using Tensor target = matrix.Slice(FirstRow + firstRow, values.Length / Columns);
        if (value.DType == DType.Float64) target.CopyFrom(values);
        else target.CopyFrom(Array.ConvertAll(values, static x => (float)x));
    }

    /// <summary>Some rows as float32.</summary>
    public float[] Read(int firstRow, int count, IBackend backend)
    {
        if (Packed is null)
        {
            Tensor value = Variable!.Value;
            using Tensor matrix = value.Reshape(value.Rows, Columns), rows = matrix.Slice(FirstRow + firstRow, count);
            return rows.ToSingles();
        }
        using Tensor buffer = Tensor.Allocate(backend, count, Columns);
        backend.Matrix.Unpack(Packed, FirstRow + firstRow, buffer);
        return buffer.ToSingles();
    }

    /// <summary>One element as a file stores it.</summary>
    internal static double Element(ReadOnlySpan<byte> bytes, DType type) => type switch
    {
        DType.Float32 => MemoryMarshal.Read<float>(bytes),
        DType.Float64 => MemoryMarshal.Read<double>(bytes),
        DType.Float16 => (double)MemoryMarshal.Read<Half>(bytes),
        _ => BitConverter.Int32BitsToSingle(MemoryMarshal.Read<ushort>(bytes) << 16),
    };
}

/// <summary>
/// Normally distributed weights. Element i of part p is a function of (seed, p, i), so the threads do not matter.
/// </summary>
internal static class RandomInitializer
{
    private const int RowsPerTask = 64;

    public static void Fill(IReadOnlyList<WeightPart> parts, ulong seed, IBackend backend)
    {
        List<(int Part, int Row)> tasks = [];
        for (int part = 0; part < parts.Count; part++)
            for (int row = 0; row < parts[part].Rows; row += RowsPerTask) tasks.Add((part, row));
        Parallel.ForEach(tasks, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, task =>
        {
            WeightPart part = parts[task.Part];
            int count = Math.Min(RowsPerTask, part.Rows - task.Row);
            float[] values = GC.AllocateUninitializedArray<float>(count * part.Columns);
            Fill(
                values, seed, (ulong)task.Part, (ulong)task.Row * (ulong)part.Columns, (float)part.Mean,
                (float)part.Deviation);
            part.Write(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, task.Row, backend);
        });
    }

    // Box and Muller 1958: two uniform numbers give two normal ones; a block of four words gives elements 4·block to
    // 4·block + 3.
    private static void Fill(Span<float> values, ulong seed, ulong stream, ulong first, float mean, float deviation)
    {
        Span<float> four = stackalloc float[4];
        ulong block = ulong.MaxValue;
        for (int i = 0; i < values.Length; i++)
        {
            ulong element = first + (ulong)i;
            if (element >> 2 != block)
            {
                block = element >> 2;
                (uint a, uint b, uint c, uint d) = CounterRandom.Block(seed, stream, block);
                Pair(a, b, four);
                Pair(c, d, four[2..]);
            }
            values[i] = mean + (deviation * four[(int)(element & 3)]);
        }
    }

    private static void Pair(uint a, uint b, Span<float> two)
    {
        float radius = MathF.Sqrt(-2 * MathF.Log(((a >> 8) + 1) * (1f / (1 << 24))));
        (float sine, float cosine) = MathF.SinCos((b >> 8) * (2 * MathF.PI / (1 << 24)));
        two[0] = radius * cosine;
        two[1] = radius * sine;
    }
}
