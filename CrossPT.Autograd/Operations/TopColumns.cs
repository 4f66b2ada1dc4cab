using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>The columns of each row that were chosen; constants, for no gradient passes through a choice.</summary>
/// <param name="Kept">[R, C]: 1 at the chosen columns that reach the threshold, else 0.</param>
/// <param name="Places">Int32 [R, count]: the places row · C + column of all chosen columns, rising.</param>
public sealed record ColumnChoice(Tensor Kept, Tensor Places);

/// <summary>Choosing columns.</summary>
public static class TopColumnsOperation
{
    /// <summary>
    /// The <paramref name="count"/> columns of each row of x [R, C] with the largest elements, of equals the first;
    /// they stay in the order of the columns, so that a block made of one keeps its place when two weights cross.
    /// </summary>
    public static ColumnChoice TopColumns(
        this Tape tape, Tensor x, int count, double threshold = double.NegativeInfinity)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor places = Tensor.Allocate(tape.Backend, new Shape(x.Rows, count), DType.Int32);
        ColumnChoice choice = new(tape.AllocateLike(x), places);
        tape.Backend.Reduction.TopColumns(x, count, threshold, choice.Kept, places);
        return choice;
    }
}
