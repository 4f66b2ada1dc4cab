using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Routing;

/// <summary>The weights of one row: those columns that count, the block of a concatenation each is, and how much of it is taken.</summary>
/// <param name="Task">The row's task.</param>
/// <param name="Columns">Columns, rising.</param>
/// <param name="Blocks">Place of each among the chosen ones.</param>
/// <param name="Weights">Weight of each.</param>
internal sealed record RouterRow(int Task, int[] Columns, int[] Blocks, double[] Weights);

/// <summary>Where the weights of rows stand in the matrix that is multiplied with the bank of prompts.</summary>
/// <param name="Composition">What becomes of the chosen prompts.</param>
/// <param name="Sources">S.</param>
/// <param name="Tasks">K.</param>
/// <param name="HasPrivate">Whether every task has a private column, the last.</param>
/// <param name="Chosen">Columns that are chosen.</param>
internal sealed record MixingLayout(CompositionKind Composition, int Sources, int Tasks, bool HasPrivate, int Chosen)
{
    /// <summary>Columns that a task sees: the source prompts and its own private one.</summary>
    public int Columns => Sources + (HasPrivate ? 1 : 0);

    /// <summary>Prompts in the bank: a private column is each task's own.</summary>
    public int BankRows => Sources + (HasPrivate ? Tasks : 0);

    /// <summary>How many times as long as a source prompt the composed one is.</summary>
    public int LengthFactor => Composition == CompositionKind.Concatenation ? Chosen : 1;

    /// <summary>Whether the private column is taken whole, outside the weighted sum.</summary>
    public bool PrivateIsWhole => Composition is CompositionKind.Sum or CompositionKind.Product;

    /// <summary>Rows of the matrix for each composed prompt.</summary>
    public int BlocksOf(bool[] masked) => Composition switch
    {
        CompositionKind.Concatenation => Chosen,
        CompositionKind.MaxPool => Columns - masked.Count(static one => one),
        _ => 1,
    };

    /// <summary>Where weight <c>index</c> of row <c>row</c> stands in the flat matrix, and what it is multiplied with there.</summary>
    public IEnumerable<(int Row, int Index, int Place, double Factor)> Places(IReadOnlyList<RouterRow> rows, bool[] masked)
    {
        int blocks = BlocksOf(masked);
        double factor = Composition == CompositionKind.MeanPool ? 1.0 / Columns : 1;
        for (int row = 0; row < rows.Count; row++)
        {
            for (int index = 0; index < rows[row].Columns.Length; index++)
            {
                int column = rows[row].Columns[index];
                if (masked[column] || (PrivateIsWhole && column == Sources)) continue;
                int block = Composition switch
                {
                    CompositionKind.Concatenation => rows[row].Blocks[index],
                    CompositionKind.MaxPool => column - masked.Take(column).Count(static one => one),
                    _ => 0,
                };
                yield return (row, index, (((row * blocks) + block) * BankRows) + BankRow(rows[row].Task, column), factor);
            }
        }
    }

    /// <summary>The matrix [n·blocks, bank], row after row.</summary>
    public double[] Spread(IReadOnlyList<RouterRow> rows, bool[] masked)
    {
        double[] matrix = new double[rows.Count * BlocksOf(masked) * BankRows];
        foreach ((int row, int index, int place, double factor) in Places(rows, masked)) matrix[place] = rows[row].Weights[index] * factor;
        if (Composition == CompositionKind.Sum && !masked[Sources])
        {
            for (int row = 0; row < rows.Count; row++) matrix[(row * BankRows) + BankRow(rows[row].Task, Sources)] = 1;
        }
        return matrix;
    }

    private int BankRow(int task, int column) => column < Sources ? column : Sources + task;
}
