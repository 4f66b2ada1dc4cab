using System.Diagnostics;
using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Trains prompts before a frozen model: all tasks mixed in every batch, or a batch of each, every example behind its
/// own task's prompt.
/// </summary>
/// <remarks>
/// <para>The loss is the mean cross-entropy over the label tokens of a batch, ends of sequence included, as Hugging
/// Face counts it: longer label words weigh more.</para>
/// <para>The same seed on the same device gives the same numbers to the last bit, whether it ran through or went on
/// from a checkpoint.</para>
/// </remarks>
public sealed partial class Trainer : IDisposable
{
    private readonly T5Model _model;
    private readonly ITrainablePrompts _prompts;
    private readonly TrainingTask[] _tasks;
    private readonly TrainingSettings _settings;
    private readonly TrainingBatches _batches;
    private readonly WarmupLinearSchedule _schedule;
    private readonly ClipGroups _clipping;
    private readonly Optimizer _optimizer;
    private readonly ParameterSnapshot _lastGood;
    private readonly double _dropout;
    private readonly ulong _seed;
    private int _step;

    /// <summary>A trainer at its first step.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The prompts to train; not owned.</param>
    /// <param name="tasks">The tasks, in the prompts' order.</param>
    /// <param name="settings">How.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">The tasks are not the prompts', widths differ, or a setting is out of
    /// range.</exception>
    public Trainer(
        T5Model model, ITrainablePrompts prompts, IReadOnlyList<TrainingTask> tasks, TrainingSettings settings,
        ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(settings);
        if (!tasks.Select(static task => task.Name).SequenceEqual(prompts.Tasks))
            throw new ArgumentException(
                $"Trainer: prompts for {string.Join(", ", prompts.Tasks)}, expected them for the tasks trained on, "
                    + $"in their order.", nameof(prompts));
        if (prompts.Width != model.Config.ModelWidth)
            throw new ArgumentException(
                $"Trainer: prompts {prompts.Width} wide, expected {model.Config.ModelWidth}, the width of the model.",
                nameof(prompts));
        if (settings.EvaluateEvery == 0 && (settings.Patience > 0 || settings.Selection == PromptSelection.Best))
            throw new ArgumentException(
                "Trainer: patience or the best prompts without evaluations while training, expected evaluateEvery "
                    + "above 0.", nameof(settings));
        (_model, _prompts, _tasks, _settings, _seed) = (model, prompts, [.. tasks], settings, seed);
        _dropout = new TrainingDropout(settings.Dropout ?? model.Config.DropoutRate, seed, 0).Probability;
        _batches = new TrainingBatches(prompts, _tasks, settings, seed);
        _schedule = WarmupLinearSchedule.FromShare(settings.Warmup, settings.Steps);
        _clipping = new ClipGroups(prompts.Parameters, prompts.Tasks.Count, settings);
        _optimizer = CreateOptimizer();
        _lastGood = new ParameterSnapshot(Values);
        _best = new ParameterSnapshot(settings.Selection == PromptSelection.Best ? Values : []);
    }

    /// <summary>Whether all steps are done, or the evaluations ended it early.</summary>
    public bool IsDone => _step >= _settings.Steps || _endedEarly;

    /// <summary>Finished steps.</summary>
    public int StepCount => _step;

    private Tensor[] Values => [.. _prompts.Parameters.Select(static parameter => parameter.Variable.Value)];

    /// <summary>Does the next step.</summary>
    /// <exception cref="InvalidOperationException">All steps are done.</exception>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite; the prompts are back at their
    /// last good values.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory; the message says how many examples of
    /// the batch it has memory for.</exception>
    public TrainingStep Step()
    {
        if (IsDone) throw new InvalidOperationException($"All {_step} steps are done.");
        long start = Stopwatch.GetTimestamp();
        double factor = _schedule.Factor(_step);
        double[] sums = new double[_tasks.Length];
        int[] tokens = new int[_tasks.Length];
        Batch[] batches = _batches.Of(_step);
        double[] losses = [.. batches.Select((_, place) => BackwardWithin(batches, place, sums, tokens))];
        _step++;
        for (int i = 0; i < losses.Length; i++)
        {
            if (!double.IsFinite(losses[i]))
                throw Diverged(
                    $"the loss{(losses.Length == 1 ? "" : $" of {_prompts.Tasks[batches[i].Tasks[0]]}")} is "
                        + $"{losses[i]}");
        }
        // These values gave a finite loss; those after the update are not known to.
        _lastGood.Take();
        if (_clipping.Clip() is { } bad) throw Diverged($"the norm of the gradient of {bad.Name} is {bad.Norm}");
        _optimizer.Step();
        if (NotFinite() is { } name) throw Diverged($"{name} is not finite after the update");
        _model.Backend.Synchronize();
        return new TrainingStep(
            _step, _settings.Batching == Batching.Together ? losses[0] / _tasks.Length : losses.Average(),
            Stopwatch.GetElapsedTime(start).TotalSeconds, batches.Sum(static batch => batch.Sources.Rows),
            _prompts.Parameters.Select(static parameter => parameter.Role).Distinct()
                .ToDictionary(static role => role, role => _settings.LearningRate(role) * factor),
            (_model.Backend as IMemoryReport)?.ReservedBytes, (_model.Backend as IMemoryReport)?.UsedBytes)
        {
            TaskLosses = Enumerable.Range(0, _tasks.Length).Where(task => tokens[task] > 0)
                .ToDictionary(task => _prompts.Tasks[task], task => sums[task] / tokens[task]),
        };
    }

    /// <summary>Frees the optimizer's state.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _lastGood.Dispose();
        _best.Dispose();
    }

    /// <summary>Adds the gradients of one batch to those of the parameters; gives its loss.</summary>
    private double Backward(Batch batch, int step, double[] sums, int[] tokens)
    {
        TargetBatch targets = batch.CreateTargets(_model.Config);
        TrainingDropout? dropout = _dropout == 0 ? null : new TrainingDropout(_dropout, _seed, step);
        using TensorScope scope = new();
        using Tape tape = new(_model.Backend);
        Tensor rowLosses = tape.Allocate(targets.Labels.Length);
        Variable states = batch.Encode(tape, _model, _prompts, new TrainingMoment(_seed, step), dropout: dropout);
        Variable loss = _model.Loss(
            tape, targets, states, batch.Sources, Scales(batch, targets), dropout, rowLosses);
        // The loss is read behind the backward pass, so that a device computes the whole step while this thread is
        // still sending it.
        tape.Backward(loss);
        AddLosses(batch, targets, rowLosses.ToDoubles(), sums, tokens);
        return loss.Value.ToScalar();
    }

    /// <summary>Adds the label tokens' losses to those of their tasks.</summary>
    private static void AddLosses(
        Batch batch, TargetBatch targets, double[] rowLosses, double[] sums, int[] tokens)
    {
        for (int i = 0; i < batch.Tasks.Count; i++)
        {
            int task = batch.Tasks[i];
            for (int row = targets.Sequences[i]; row < targets.Sequences[i + 1]; row++) sums[task] += rowLosses[row];
            tokens[task] += targets.Sequences.LengthOf(i);
        }
    }

    /// <summary>
    /// The weight of each label token where the tasks' means are added up in one pass; null for the mean over all.
    /// </summary>
    private Tensor? Scales(Batch batch, TargetBatch targets)
    {
        if (_settings.Batching != Batching.Together) return null;
        double[] tokens = new double[_tasks.Length];
        for (int i = 0; i < batch.Tasks.Count; i++) tokens[batch.Tasks[i]] += targets.Sequences.LengthOf(i);
        float[] scales = new float[targets.Labels.Length];
        for (int i = 0; i < batch.Tasks.Count; i++)
        {
            scales.AsSpan(targets.Sequences[i], targets.Sequences.LengthOf(i))
                .Fill((float)(1 / tokens[batch.Tasks[i]]));
        }
        return TensorData.FromDoubles(_model.Backend, Array.ConvertAll(scales, static x => (double)x), scales.Length);
    }

    private Optimizer CreateOptimizer()
    {
        ParameterGroup[] groups = [.. _prompts.Parameters.GroupBy(static parameter => parameter.Role)
            .Select(group => new ParameterGroup(
            group.Key.ToString(), group.Select(static one => new NamedParameter(one.Name, one.Variable)),
            _settings.LearningRate(group.Key), _settings.WeightDecay))];
        return _settings.Optimizer == OptimizerKind.Adafactor
            ? new Adafactor(groups, _schedule)
            : new AdamW(groups, _schedule);
    }

    /// <summary>
    /// Name of a parameter that holds a NaN or an infinity, or whose squares overflow; null where none does.
    /// </summary>
    private string? NotFinite()
    {
        using TensorScope scope = new();
        Tensor totals = Tensor.Allocate(_model.Backend, _prompts.Parameters.Count);
        for (int i = 0; i < _prompts.Parameters.Count; i++)
            _model.Backend.Reduction.SumOfSquares(_prompts.Parameters[i].Variable.Value, totals.Slice(i, 1));
        int bad = Array.FindIndex(totals.ToDoubles(), static total => !double.IsFinite(total));
        return bad < 0 ? null : _prompts.Parameters[bad].Name;
    }

    private TrainingDivergedException Diverged(string what)
    {
        _optimizer.ClearGradients();
        _lastGood.Restore();
        return new TrainingDivergedException(_step, what);
    }

    private double BackwardWithin(Batch[] batches, int place, double[] sums, int[] tokens)
    {
        try
        {
            return Backward(batches[place], _step, sums, tokens);
        }
        catch (OutOfMemoryException error)
        {
            Batch batch = batches[place];
            int most = LargestThatFits(batch);
            string advice = most == 0
                ? "not even the longest example alone does"
                : $"{most} of the longest examples do: expected training.batch {most} at most";
            throw new OutOfMemoryException(
                $"step {_step + 1}: a batch of {batch.Tasks.Count} examples, {batch.Sources.Rows} rows with "
                    + $"their prompts, does not fit; {advice}. {error.Message}", error);
        }
    }

    /// <summary>
    /// How many examples go through forward and backward, found by trying halves: what a step needs depends on lengths
    /// and on what of the pool lies free in one piece.
    /// </summary>
    private int LargestThatFits(Batch batch)
    {
        int most = 0, tooMany = batch.Tasks.Count;
        while (tooMany - most > 1)
        {
            int middle = (most + tooMany) / 2;
            if (Fits(batch, middle)) most = middle;
            else tooMany = middle;
        }
        return most;
    }

    private bool Fits(Batch batch, int count)
    {
        try
        {
            _ = Backward(
                _batches.LongestOf(batch.Tasks, count), _step, new double[_tasks.Length], new int[_tasks.Length]);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
        finally
        {
            _optimizer.ClearGradients();
        }
    }
}

/// <summary>
/// What gradients are clipped together: those of one prompt; of a router with a row a task, each row. A task's outlier
/// then slows neither the others' prompts nor their rows. With <see cref="ClipScope.Global"/>, all.
/// </summary>
internal sealed class ClipGroups
{
    private readonly (string Name, Variable[] Variables, bool ByRow)[] _groups;
    private readonly double _maxNorm;

    public ClipGroups(IReadOnlyList<PromptParameter> parameters, int tasks, TrainingSettings settings)
    {
        _maxNorm = settings.Clip > 0 ? settings.Clip : double.PositiveInfinity;
        _groups = settings.ClipScope == ClipScope.Global
            ? [("all parameters", [.. parameters.Select(static one => one.Variable)], false)]
            : [.. parameters.GroupBy(static one => one.ClipGroup ?? one.Name)
                .Select(
                    group => (group.Key, group.Select(static one => one.Variable).ToArray(), IsByRow(group, tasks)))];
    }

    /// <summary>Limits the norms.</summary>
    /// <returns>The first group whose norm is not finite with that norm; null where all are.</returns>
    public (string Name, double Norm)? Clip()
    {
        using TensorScope scope = new();
        List<string> names = [];
        List<Tensor[]> gradients = [];
        foreach ((string name, Variable[] variables, bool byRow) in _groups)
        {
            Tensor[] present = [.. variables.Select(static one => one.Gradient).OfType<Tensor>()];
            if (present.Length == 0) continue;
            IEnumerable<Tensor[]> parts = byRow
                ? Enumerable.Range(0, present[0].Rows).Select(row => (Tensor[])[present[0].Slice(row, 1)])
                : [present];
            foreach (Tensor[] part in parts)
            {
                names.Add(name);
                gradients.Add(part);
            }
        }
        IReadOnlyList<double> norms = GradientClipping.EachGroupByNorm(gradients, _maxNorm);
        for (int i = 0; i < norms.Count; i++)
        {
            if (!double.IsFinite(norms[i])) return (names[i], norms[i]);
        }
        return null;
    }

    private static bool IsByRow(IEnumerable<PromptParameter> group, int tasks)
        => group.Count() == 1 && group.First() is { Role: ParameterRole.Router } router
            && router.Variable.Shape.Rank == 2 && router.Variable.Shape[0] == tasks;
}
