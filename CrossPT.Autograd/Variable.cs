using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>
/// A tensor in a computation: its value, and whether the loss's gradient with respect to it is wanted.
/// </summary>
/// <remarks>
/// A leaf is made by <see cref="Parameter"/> (trained) or <see cref="Constant"/> (frozen: no gradient, no memory for
/// one); everything else comes out of operations on a <see cref="Tape"/>.
/// </remarks>
public sealed class Variable : IDisposable
{
    private Variable(Tensor value, bool requiresGradient, bool isLeaf)
    {
        Value = value;
        RequiresGradient = requiresGradient;
        IsLeaf = isLeaf;
    }

    /// <summary>The elements. Of an intermediate, disposed with the scope it was made in.</summary>
    public Tensor Value { get; }

    /// <summary>Sizes of the value.</summary>
    public Shape Shape => Value.Shape;

    /// <summary>Whether the gradient is wanted.</summary>
    public bool RequiresGradient { get; }

    /// <summary>Whether this was made by hand and not by an operation.</summary>
    public bool IsLeaf { get; }

    /// <summary>
    /// Gradient of the loss: of a parameter, added up over backward passes until <see cref="ClearGradient"/>; of an
    /// intermediate, only while the backward pass needs it. Null where nothing was added.
    /// </summary>
    public Tensor? Gradient { get; private set; }

    /// <summary>
    /// Rows whose gradient is wanted, Int32; null for all. Then <see cref="Gradient"/> has these rows only, one after
    /// the other. In a prompt's batch the text rows of the first block need none.
    /// </summary>
    internal Tensor? GradientRows { get; init; }

    /// <summary>
    /// Of rows put between fixed ones, where they came from: what is computed row by row is then computed once for rows
    /// that were placed several times. Null for any other variable.
    /// </summary>
    internal PlacedRows? Placed { get; set; }

    /// <summary>
    /// Bits of the elements whose gradient is read, where an operation that made them reads some alone; null for all.
    /// </summary>
    internal Tensor? WantedElements { get; set; }

    /// <summary>A leaf that is trained; it owns <paramref name="value"/>.</summary>
    public static Variable Parameter(Tensor value)
        => new(TensorScope.Detach(value), requiresGradient: true, isLeaf: true);

    /// <summary>A leaf that is not trained; it does not own <paramref name="value"/>.</summary>
    public static Variable Constant(Tensor value) => new(value, requiresGradient: false, isLeaf: true);

    /// <summary>Gives the gradient up: the next backward pass starts from nothing.</summary>
    public void ClearGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }

    /// <summary>Frees the value and the gradient.</summary>
    public void Dispose()
    {
        ClearGradient();
        Value.Dispose();
    }

    internal static Variable Result(Tensor value, bool requiresGradient, Tensor? gradientRows)
        => new(value, requiresGradient, isLeaf: false) { GradientRows = gradientRows };

    internal void TakeGradient(Tensor gradient) => Gradient = TensorScope.Detach(gradient);
}

/// <summary>Where the rows of a variable came from.</summary>
/// <param name="Rows">[M, H].</param>
/// <param name="Indices">The row of <paramref name="Rows"/> that each one is; negative for a fixed row.</param>
internal sealed record PlacedRows(Variable Rows, int[] Indices);
