namespace CrossPT.Tensors;

/// <summary>Sums in an order that depends on the sizes alone.</summary>
public interface IReductionKernels
{
    /// <summary>total [1] = Σ x over all elements.</summary>
    void Sum(Tensor x, Tensor total);

    /// <summary>total [1] = Σ x² over all elements.</summary>
    void SumOfSquares(Tensor x, Tensor total);

    /// <summary>
    /// y [columns] = Σ over rows of x [rows, columns]; with <paramref name="accumulate"/>, added to y.
    /// </summary>
    void SumRows(Tensor x, Tensor y, bool accumulate = false);

    /// <summary>y [rows] = Σ over columns of x [rows, columns] · scale.</summary>
    void SumColumns(Tensor x, Tensor y, double scale = 1);

    /// <summary>y = softmax of each row of x / temperature; rows.</summary>
    void Softmax(Tensor x, Tensor y, double temperature = 1);

    /// <summary>
    /// dx = y · (dy − Σ y·dy) / temperature, row by row; with <paramref name="accumulate"/>, added to dx.
    /// </summary>
    void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false);

    /// <summary>y = x / Σ over columns of x, row by row; zeros where that sum is 0.</summary>
    void DivideBySum(Tensor x, Tensor y);

    /// <summary>
    /// dx = (dy − Σ y·dy) / Σ x, row by row; zeros where Σ x is 0. With <paramref name="accumulate"/>, added to dx.
    /// </summary>
    void DivideBySumBackward(Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate = false);

    /// <summary>
    /// The <paramref name="count"/> columns of each row of x [rows, columns] with the largest elements, of equals the
    /// first: kept [rows, columns] = 1 at those that are at least <paramref name="threshold"/>, else 0; places Int32
    /// [rows, count] = their places row · columns + column, rising.
    /// </summary>
    void TopColumns(Tensor x, int count, double threshold, Tensor kept, Tensor places);

    /// <summary>
    /// places Int32 [B, columns] = the place row · columns + column of the largest element of each column of x among
    /// rows starts[b] to starts[b + 1] − 1, the first of equals: starts Int32 [B + 1], rising strictly from 0 to the
    /// rows of x.
    /// </summary>
    void ArgMaxRows(Tensor x, Tensor starts, Tensor places);

    /// <summary>indices Int32 [rows] = column of the largest element of each row of x; the first of equals.</summary>
    void ArgMax(Tensor x, Tensor indices);
}
