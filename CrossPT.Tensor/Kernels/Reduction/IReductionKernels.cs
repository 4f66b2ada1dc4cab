namespace CrossPT.Tensors;

/// <summary>Sums in an order that depends on the sizes alone.</summary>
public interface IReductionKernels
{
    /// <summary>total [1] = Σ x over all elements.</summary>
    void Sum(Tensor x, Tensor total);

    /// <summary>total [1] = Σ x² over all elements.</summary>
    void SumOfSquares(Tensor x, Tensor total);

    /// <summary>y [columns] = Σ over rows of x [rows, columns]; with <paramref name="accumulate"/>, added to y.</summary>
    void SumRows(Tensor x, Tensor y, bool accumulate = false);

    /// <summary>y [rows] = Σ over columns of x [rows, columns] · scale.</summary>
    void SumColumns(Tensor x, Tensor y, double scale = 1);

    /// <summary>y = softmax of each row of x / temperature; rows.</summary>
    void Softmax(Tensor x, Tensor y, double temperature = 1);

    /// <summary>dx = y · (dy − Σ y·dy) / temperature, row by row; with <paramref name="accumulate"/>, added to dx.</summary>
    void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, double temperature = 1, bool accumulate = false);

    /// <summary>indices Int32 [rows] = column of the largest element of each row of x; the first of equals.</summary>
    void ArgMax(Tensor x, Tensor indices);
}
