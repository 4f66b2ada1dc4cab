using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// Composes prompts of a bank of prompts by a router's weights. The bank [S (+ K), P·H] is the S source prompts and,
/// where a task's own prompt is a column of the router, those of the K tasks; a row of weights covers the C = S (+ 1)
/// that its task sees. All prompts of a batch are one product.
/// </summary>
/// <param name="kind">What becomes of the weighted prompts.</param>
/// <param name="sources">S.</param>
/// <param name="tasks">K.</param>
/// <param name="hasPrivate">Whether the tasks' own prompts are in the bank.</param>
/// <param name="chosen">Columns that the router chooses.</param>
internal sealed class PromptMixture(CompositionKind kind, int sources, int tasks, bool hasPrivate, int chosen)
{
    /// <summary>Columns that a task sees, C.</summary>
    public int Columns => sources + (hasPrivate ? 1 : 0);

    /// <summary>Rows of the bank.</summary>
    public int BankRows => sources + (hasPrivate ? tasks : 0);

    /// <summary>Length of a composed prompt over that of a source prompt.</summary>
    public int LengthFactor => kind == CompositionKind.Concatenation ? chosen : 1;

    /// <summary>Rows of the bank that the tasks of n rows see, n·C.</summary>
    public int[] BankRowsOf(int[] rowTasks)
    {
        int[] bankRows = new int[rowTasks.Length * Columns];
        for (int i = 0; i < bankRows.Length; i++)
        {
            int column = i % Columns;
            bankRows[i] = column < sources ? column : sources + rowTasks[i / Columns];
        }
        return bankRows;
    }

    /// <summary>The composed prompts of n rows [n, L·H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="weights">[n, C].</param>
    /// <param name="bank">[S (+ K), P·H].</param>
    /// <param name="rowTasks">Index of the task of each row, n.</param>
    /// <param name="masked">Columns left out, C.</param>
    public Variable Compose(Tape tape, RouterWeights weights, Variable bank, int[] rowTasks, bool[] masked)
    {
        int rows = rowTasks.Length, columns = bank.Value.Columns;
        switch (kind)
        {
            case CompositionKind.Concatenation:
                // [n·C, P·H], or of the chosen columns alone [n·k, P·H]
                Variable blocks = tape.Product(Matrix(tape, weights.Values, rowTasks, masked, Columns), bank);
                if (weights.Chosen is not null) blocks = tape.GatherRows(blocks, weights.Chosen);
                return tape.Reshape(blocks, rows, chosen * columns);
            case CompositionKind.MaxPool:
                int unmasked = masked.Count(static one => !one);
                if (unmasked == 0) return tape.Zeros(rows, columns);
                Variable weighted = tape.Product(Matrix(tape, weights.Values, rowTasks, masked, unmasked), bank);
                return tape.MaxRows(weighted, SequenceOffsets.Uniform(rows, unmasked));
            case CompositionKind.MeanPool:
                Variable shares = tape.Scale(weights.Values, 1.0 / Columns);
                return tape.Product(Matrix(tape, shares, rowTasks, masked, 1), bank);
            case CompositionKind.Product when !masked[sources]:
                Variable sum = tape.Product(Matrix(tape, weights.Values, rowTasks, masked, 1), bank);
                int[] own = Array.ConvertAll(rowTasks, task => sources + task);
                return tape.Multiply(sum, tape.GatherRows(bank, TensorData.FromInt32(tape.Backend, own, rows)));
            default:
                return tape.Product(Matrix(tape, weights.Values, rowTasks, masked, 1), bank);
        }
    }

    /// <summary>
    /// The matrix [n·blocks, S (+ K)] that the bank is multiplied with: the weights of a row in one row of it, or each
    /// in a row of its own.
    /// </summary>
    private Variable Matrix(Tape tape, Variable weights, int[] rowTasks, bool[] masked, int blocks)
    {
        int[] bankRows = BankRowsOf(rowTasks), places = new int[rowTasks.Length * blocks * BankRows];
        double[] constants = new double[places.Length];
        Array.Fill(places, -1);
        // A sum or a product takes the private prompt whole, whatever its weight.
        bool whole = kind is CompositionKind.Sum or CompositionKind.Product;
        for (int row = 0; row < rowTasks.Length; row++)
        {
            int block = 0;
            for (int column = 0; column < Columns; column++)
            {
                int at = (row * Columns) + column, to = (((row * blocks) + block) * BankRows) + bankRows[at];
                // A block that is left out stays in a concatenation, as zeros, and not in a maximum.
                bool isBlock = kind is CompositionKind.Concatenation or CompositionKind.MaxPool;
                if (isBlock && (kind == CompositionKind.Concatenation || !masked[column])) block++;
                if (masked[column]) continue;
                if (whole && column == sources) constants[to] = kind == CompositionKind.Sum ? 1 : 0;
                else places[to] = at;
            }
        }
        Tensor matrix = TensorData.FromDoubles(tape.Backend, constants, rowTasks.Length * blocks, BankRows);
        return tape.PlaceElements(matrix, weights, places);
    }
}
