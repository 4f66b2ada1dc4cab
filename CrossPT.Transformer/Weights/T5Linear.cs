using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// A linear layer without bias, [N, K] (out, in): frozen and packed, or trained. Matrices that read the same input (queries, keys and values; the two
/// halves of a gated feed-forward) are one layer, their outputs side by side.
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
        => Frozen is not null ? tape.Linear(x, _stacked ??= tape.Backend.Matrix.Stack(Frozen)) : tape.Linear(x, Trained!);

    public void Dispose()
    {
        _stacked?.Dispose();
        Trained?.Dispose();
    }
}
