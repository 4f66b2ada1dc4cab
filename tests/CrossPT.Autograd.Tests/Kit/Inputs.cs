using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Kit;

/// <summary>
/// Seeded inputs of a test, in order of their making the same numbers on every back end: float32 values, also where
/// float64 holds them.
/// </summary>
internal sealed class Inputs(IBackend backend, ulong seed = 7) : IDisposable
{
    private readonly CounterRandom _random = new(seed);
    private readonly List<NamedParameter> _parameters = [];
    private readonly List<IDisposable> _owned = [];

    public IBackend Backend { get; } = backend;

    public IReadOnlyList<NamedParameter> Parameters => _parameters;

    public Variable Parameter(string name, params ReadOnlySpan<int> sizes)
    {
        Variable variable = Variable.Parameter(Tensor(sizes));
        _parameters.Add(new NamedParameter(name, variable));
        return variable;
    }

    public Variable Constant(params ReadOnlySpan<int> sizes) => Variable.Constant(Tensor(sizes));

    public Tensor Tensor(params ReadOnlySpan<int> sizes) =>
        Own(TensorData.FromSingles(Backend, Values((int)new Shape(sizes).Length), sizes));

    public Tensor Int32(params int[] values) => Own(TensorData.FromInt32(Backend, values, values.Length));

    public IPackedMatrix Packed(int groups, int outputs, int inputs)
    {
        IPackedMatrix packed = Backend.Matrix.CreatePacked(groups, outputs, inputs);
        _owned.Add(packed);
        using Tensor rows = TensorData.FromSingles(
            Backend, Values(groups * outputs * inputs), groups * outputs, inputs);
        Backend.Matrix.Pack(rows, 0, packed);
        return packed;
    }

    /// <summary>Half a standard deviation, so that sums over a row stay near 1.</summary>
    public float[] Values(int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(0.5 * _random.NextGaussian());
        return values;
    }

    public void Dispose()
    {
        foreach (NamedParameter parameter in _parameters) parameter.Variable.Dispose();
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(TensorScope.Detach(tensor));
        return tensor;
    }
}
