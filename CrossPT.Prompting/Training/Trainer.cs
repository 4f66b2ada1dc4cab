using System.Diagnostics;
using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>A task as a trainer sees it.</summary>
/// <param name="Codec">Its labels.</param>
/// <param name="Examples">What it is trained on.</param>
public sealed record TrainingTask(TaskCodec Codec, IReadOnlyList<EncodedExample> Examples);

/// <summary>
/// Trains prompts before a frozen model: all tasks mixed in every batch, each example behind its own task's prompt, every source prompt computed once
/// a step.
/// </summary>
/// <remarks>
/// The loss is the mean cross-entropy over the label tokens of a batch, ends of sequence included, as Hugging Face counts it: longer label words
/// weigh more. The same seed on the same device gives the same numbers to the last bit.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly T5Model _model;
    private readonly ITrainablePrompts _prompts;
    private readonly TrainingTask[] _tasks;
    private readonly TrainingSettings _settings;
    private readonly BatchSampler _sampler;
    private readonly WarmupLinearSchedule _schedule;
    private readonly AdamW _optimizer;
    private readonly Variable[] _parameters;
    private readonly Tensor[] _lastGood;
    private int _step;

    /// <summary>A trainer at its first step.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">What is trained; not owned.</param>
    /// <param name="tasks">The tasks, in the prompts' order.</param>
    /// <param name="settings">How.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">The tasks are not the prompts', widths differ, or a setting is out of range.</exception>
    public Trainer(T5Model model, ITrainablePrompts prompts, IReadOnlyList<TrainingTask> tasks, TrainingSettings settings, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(settings);
        if (!tasks.Select(static task => task.Codec.Task.Name).SequenceEqual(prompts.Tasks))
            throw new ArgumentException($"Trainer: prompts for {string.Join(", ", prompts.Tasks)}, expected them for the tasks trained on, in their order.", nameof(prompts));
        if (prompts.Width != model.Config.ModelWidth)
            throw new ArgumentException($"Trainer: prompts {prompts.Width} wide, expected {model.Config.ModelWidth}, the width of the model.", nameof(prompts));
        (_model, _prompts, _tasks, _settings) = (model, prompts, [.. tasks], settings);
        _sampler = new BatchSampler([.. tasks.Select(static task => (task.Codec.Task.Name, task.Examples.Count))], settings.Batch, seed);
        _schedule = WarmupLinearSchedule.FromShare(settings.Warmup, settings.Steps);
        IEnumerable<ParameterGroup> groups = prompts.Parameters.GroupBy(static parameter => parameter.Role).Select(group => new ParameterGroup(
            group.Key.ToString(), group.Select(static one => new NamedParameter(one.Name, one.Variable)), settings.LearningRate(group.Key), settings.WeightDecay));
        _optimizer = new AdamW(groups, _schedule);
        _parameters = [.. prompts.Parameters.Select(static parameter => parameter.Variable)];
        _lastGood = Array.ConvertAll(_parameters, static parameter => TensorScope.Detach(Tensor.Allocate(parameter.Value.Backend, parameter.Shape, parameter.Value.DType)));
        Remember();
    }

    /// <summary>Whether all steps are done.</summary>
    public bool IsDone => _step >= _settings.Steps;

    /// <summary>Does the next step.</summary>
    /// <exception cref="InvalidOperationException">All steps are done.</exception>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite; the prompts are back at their last good values.</exception>
    public TrainingStep Step()
    {
        if (IsDone) throw new InvalidOperationException($"All {_settings.Steps} steps are done.");
        long start = Stopwatch.GetTimestamp();
        double factor = _schedule.Factor(_step);
        (PromptedBatch inputs, TargetBatch targets) = Batch(_step);
        double loss = Backward(inputs, targets);
        _step++;
        if (!double.IsFinite(loss)) throw Diverged($"the loss is {loss}");
        // These values gave a finite loss; those after the update are not known to.
        Remember();
        foreach (double norm in GradientNorms())
        {
            if (!double.IsFinite(norm)) throw Diverged($"the norm of a gradient is {norm}");
        }
        _optimizer.Step();
        _model.Backend.Synchronize();
        return new TrainingStep(
            _step, loss, Stopwatch.GetElapsedTime(start).TotalSeconds, inputs.Sources.Rows,
            _prompts.Parameters.Select(static parameter => parameter.Role).Distinct().ToDictionary(static role => role, role => _settings.LearningRate(role) * factor),
            (_model.Backend as CpuBackend)?.ReservedBytes, (_model.Backend as CpuBackend)?.UsedBytes);
    }

    /// <summary>Frees the optimizer's state.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (Tensor tensor in _lastGood) tensor.Dispose();
    }

    private (PromptedBatch Inputs, TargetBatch Targets) Batch(int step)
    {
        (int Task, EncodedExample Example)[] batch = Array.ConvertAll(_sampler.Batch(step), row => (row.Task, _tasks[row.Task].Examples[row.Example]));
        return (
            PromptedBatch.Create(Array.ConvertAll(batch, static row => (row.Task, row.Example.Source)), _prompts.Length),
            TargetBatch.Create(_model.Config, Array.ConvertAll(batch, row => _tasks[row.Task].Codec.TargetOf(row.Example))));
    }

    private double Backward(PromptedBatch inputs, TargetBatch targets)
    {
        using TensorScope scope = new();
        using Tape tape = new(_model.Backend);
        Variable states = inputs.Encode(tape, _model, _prompts.Compose(tape));
        Variable loss = _model.Loss(tape, targets, states, inputs.Sources);
        double value = loss.Value.ToScalar();
        if (double.IsFinite(value)) tape.Backward(loss);
        return value;
    }

    /// <summary>Norms before clipping.</summary>
    private IReadOnlyList<double> GradientNorms() => GradientClipping.EachByNorm(_parameters, _settings.Clip > 0 ? _settings.Clip : double.PositiveInfinity);

    private TrainingDivergedException Diverged(string what)
    {
        _optimizer.ClearGradients();
        for (int i = 0; i < _parameters.Length; i++) _model.Backend.Elementwise.Copy(_lastGood[i], _parameters[i].Value);
        return new TrainingDivergedException(_step, what);
    }

    private void Remember()
    {
        for (int i = 0; i < _parameters.Length; i++) _model.Backend.Elementwise.Copy(_parameters[i].Value, _lastGood[i]);
    }
}
