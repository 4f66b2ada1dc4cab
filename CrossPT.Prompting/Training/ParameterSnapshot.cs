using CrossPT.Tensors;

namespace CrossPT.Prompting.Training;

/// <summary>A copy of the values of some tensors, bit for bit.</summary>
internal sealed class ParameterSnapshot : IDisposable
{
    private readonly Tensor[] _values;

    /// <summary>A copy of what the tensors hold now.</summary>
    public ParameterSnapshot(IReadOnlyList<Tensor> tensors)
    {
        Tensors = tensors;
        _values =
        [
            .. tensors.Select(
                static tensor => TensorScope.Detach(Tensor.Allocate(tensor.Backend, tensor.Shape, tensor.DType))),
        ];
        Take();
    }

    /// <summary>What it is a copy of.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>The copies, in the same order.</summary>
    public IReadOnlyList<Tensor> Values => _values;

    /// <summary>Copies what the tensors hold now.</summary>
    public void Take()
    {
        for (int i = 0; i < _values.Length; i++) Tensors[i].Backend.Elementwise.Copy(Tensors[i], _values[i]);
    }

    /// <summary>Puts the copies back.</summary>
    public void Restore()
    {
        for (int i = 0; i < _values.Length; i++) Tensors[i].Backend.Elementwise.Copy(_values[i], Tensors[i]);
    }

    public void Dispose()
    {
        foreach (Tensor value in _values) value.Dispose();
    }
}
