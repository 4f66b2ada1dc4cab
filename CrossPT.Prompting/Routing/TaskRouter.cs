using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Routing.Normalisers;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// Free logits z [K, C] of the tasks, the same for all examples of one: C columns are the source prompts and, where there is one, the task's own private
/// prompt. Scores, choice and weights are one operation, computed by the host in float64 with its exact derivative.
/// </summary>
internal sealed class TaskRouter : IPromptRouter
{
    /// <summary>Name of the logits in files and checkpoints.</summary>
    public const string LogitsName = "router.logits";

    private readonly RouterSettings _settings;
    private readonly RouterScores _scores;
    private readonly MixingLayout _layout;
    private readonly IReadOnlyList<string> _tasks;

    /// <summary>A router that starts from given logits.</summary>
    /// <param name="settings">How logits become weights.</param>
    /// <param name="layout">What they are weights of.</param>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="logits">[K, C] of the compute type; owned from now on.</param>
    /// <param name="trained">Whether they are trained.</param>
    /// <param name="steps">Steps of the training.</param>
    /// <exception cref="ArgumentException">Settings that contradict each other, or logits of another size.</exception>
    public TaskRouter(RouterSettings settings, MixingLayout layout, IReadOnlyList<string> tasks, Tensor logits, bool trained, int steps)
    {
        if (logits.Shape != new Shape(tasks.Count, layout.Columns))
        {
            throw new ArgumentException(
                $"The router has logits {logits.Shape}, expected [{tasks.Count}, {layout.Columns}]: tasks by columns.", nameof(logits));
        }
        (_settings, _layout, _tasks, _scores) = (settings, layout, tasks, new RouterScores(settings, steps));
        Logits = trained ? Variable.Parameter(logits) : Variable.Constant(TensorScope.Detach(logits));
        Parameters = trained ? [new PromptParameter(LogitsName, Logits, ParameterRole.Router)] : [];
    }

    /// <summary>z [K, C].</summary>
    public Variable Logits { get; }

    /// <summary>τ of evaluation.</summary>
    public double Temperature => _scores.Temperature(null);

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <inheritdoc/>
    public bool IsPerExample(PromptContext context) => context.Moment is not null && _scores.Samples && _settings.SamplePerRow;

    /// <summary>Weights [K, C] of evaluation; 0 where a column is not chosen.</summary>
    public double[][] ToWeights()
    {
        double[] logits = Logits.Value.ToDoubles();
        return [.. Enumerable.Range(0, _tasks.Count).Select(task =>
        {
            double[] weights = new double[_layout.Columns];
            RouterRow row = Row(logits, task, null, "").Row;
            for (int i = 0; i < row.Columns.Length; i++) weights[row.Columns[i]] = row.Weights[i];
            return weights;
        })];
    }

    /// <inheritdoc/>
    public Variable Mix(Tape tape, Variable bank, PromptContext context, int[] rows, bool[] masked)
    {
        bool perExample = IsPerExample(context);
        double[] logits = Logits.Value.ToDoubles();
        var computed = new (RouterRow Row, double[] Scores, double[] Slopes)[rows.Length];
        for (int i = 0; i < rows.Length; i++) computed[i] = Row(logits, rows[i], context.Moment, perExample ? $"row {i}" : $"task {_tasks[rows[i]]}");
        RouterRow[] weights = Array.ConvertAll(computed, static one => one.Row);
        Tensor matrix = HostTensor.Create(tape.Backend, _layout.Spread(weights, masked), rows.Length * _layout.BlocksOf(masked), _layout.BankRows);
        INormaliser normaliser = NormaliserOf(context.Moment);
        return tape.Record(matrix, [Logits], [], (dMatrix, _) =>
        {
            double[] flat = dMatrix.ToDoubles(), dLogits = new double[logits.Length];
            double[][] dWeights = Array.ConvertAll(weights, static row => new double[row.Columns.Length]);
            foreach ((int row, int index, int place, double factor) in _layout.Places(weights, masked)) dWeights[row][index] = flat[place] * factor;
            for (int i = 0; i < computed.Length; i++)
            {
                (RouterRow row, double[] scores, double[] slopes) = computed[i];
                double[] dScores = new double[scores.Length];
                normaliser.Backward(scores, row.Weights, dWeights[i], dScores);
                // No other column moved a weight of this row.
                for (int j = 0; j < scores.Length; j++) dLogits[(row.Task * _layout.Columns) + row.Columns[j]] += dScores[j] * slopes[j];
            }
            HostTensor.Add(tape, Logits, dLogits);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Logits.Dispose();

    private INormaliser NormaliserOf(TrainingMoment? moment)
        => NormaliserTable.Of(moment is null ? _scores.EvaluationNormaliser : _scores.TrainingNormaliser);

    /// <summary>One row: its weights, and the scores and derivatives of the columns that count.</summary>
    private (RouterRow Row, double[] Scores, double[] Slopes) Row(double[] logits, int task, TrainingMoment? moment, string name)
    {
        (double[] scores, double[] slopes) = _scores.Score(logits.AsSpan(task * _layout.Columns, _layout.Columns), moment, name);
        int[] chosen = _layout.Chosen == _layout.Columns ? [.. Enumerable.Range(0, _layout.Columns)] : ColumnChoice.Largest(scores, _layout.Chosen);
        int[] blocks = [.. Enumerable.Range(0, chosen.Length).Where(i => _settings.Threshold is not { } least || scores[chosen[i]] >= least)];
        int[] columns = Array.ConvertAll(blocks, i => chosen[i]);
        double[] kept = Array.ConvertAll(columns, column => scores[column]), weights = new double[columns.Length];
        if (kept.Length > 0) NormaliserOf(moment).Forward(kept, weights);
        return (new RouterRow(task, columns, blocks, weights), kept, Array.ConvertAll(columns, column => slopes[column]));
    }
}
