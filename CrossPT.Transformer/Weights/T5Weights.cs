using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// All weights of a T5 under their checkpoint names. The model's parts ask for theirs while they are constructed; afterwards one call
/// fills them all: from a checkpoint, or at random.
/// </summary>
/// <param name="backend">Where the weights live.</param>
/// <param name="trainable">Whether they are variables that get gradients, in place of packed matrices.</param>
/// <param name="shared">Weights whose packed matrices serve here too, on another back end; null for packed matrices of its own.</param>
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
    public T5Linear Linear(int inputs, int groups, double deviation, params ReadOnlySpan<(string Name, int Outputs)> matrices)
        => Linear(inputs, groups, deviation, isTable: false, matrices);

    /// <summary>A table [rows, width] of which rows are gathered, and which is never multiplied with.</summary>
    public T5Linear Table(int width, double deviation, string name, int rows) => Linear(width, 1, deviation, isTable: true, (name, rows));

    private T5Linear Linear(int inputs, int groups, double deviation, bool isTable, params ReadOnlySpan<(string Name, int Outputs)> matrices)
    {
        int outputs = 0;
        foreach ((_, int count) in matrices) outputs += count;
        IPackedMatrix? packed = trainable ? null : shared?.Find(matrices[0].Name) ?? Hold(backend.Matrix.CreatePacked(groups, outputs / groups, inputs, isTable));
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
    /// <exception cref="T5FormatException">Names are missing, have other sizes or are left over: all of them in one message.</exception>
    public void Load(CheckpointTensors tensors, IProgress<WorkProgress>? progress) =>
        CheckpointLoader.Load(tensors, _parts, backend, progress);

    /// <summary>Fills what is not shared, vectors and bias tables, from the weights that the rest is shared with.</summary>
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
