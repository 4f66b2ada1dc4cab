using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Trains all weights of a T5 on a mixture of examples.</summary>
/// <remarks>
/// The same seed on the same device gives the same numbers to the last bit, whatever the number of threads.
/// </remarks>
public sealed class Pretrainer : IDisposable
{
    private readonly ExampleMixture _mixture;
    private readonly PretrainingSettings _settings;
    private readonly ParameterGroup _group;
    private readonly WarmupLinearSchedule _schedule;

    /// <summary>A trainer at its first step.</summary>
    /// <param name="model">The model, whose weights are trained; not owned.</param>
    /// <param name="mixture">What it is trained on.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ArgumentException">The model is frozen, or a setting is out of range.</exception>
    public Pretrainer(T5Model model, ExampleMixture mixture, PretrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(settings);
        if (model.Parameters.Count == 0)
            throw new ArgumentException(
                "Pretrainer: a frozen model, expected one that was loaded or made trainable.", nameof(model));
        (Model, _mixture, _settings) = (model, mixture, settings);
        _schedule = new WarmupLinearSchedule(
            (long)Math.Ceiling(settings.Warmup * settings.Steps), settings.Steps, settings.DecayTo);
        _group = new ParameterGroup(
            "weights",
            model.Parameters.Select(static parameter => new NamedParameter(parameter.Name, parameter.Variable)),
            settings.LearningRate, settings.WeightDecay, settings.Clip > 0 ? settings.Clip : null);
        Optimizer = new AdamW([_group], _schedule);
    }

    /// <summary>The model.</summary>
    public T5Model Model { get; }

    /// <summary>Steps done.</summary>
    public int StepsDone => checked((int)Optimizer.StepCount);

    /// <summary>Whether all steps are done.</summary>
    public bool IsDone => StepsDone >= _settings.Steps;

    /// <summary>The optimizer, whose state a checkpoint holds.</summary>
    internal IOptimizer Optimizer { get; }

    /// <summary>Does the next step.</summary>
    /// <exception cref="InvalidOperationException">All steps are done.</exception>
    /// <exception cref="PretrainingDivergedException">The loss or the gradient is not finite; the weights are as before
    /// the step.</exception>
    public PretrainingStep Step()
    {
        if (IsDone) throw new InvalidOperationException($"All {_settings.Steps} steps are done.");
        long start = Stopwatch.GetTimestamp();
        int step = StepsDone;
        EncodedExample[] batch = _mixture.Batch(step);
        SourceBatch sources = SourceBatch.Create(Array.ConvertAll(batch, static pair => pair.Source));
        TargetBatch targets = TargetBatch.Create(Model.Config, Array.ConvertAll(batch, static pair => pair.Target));
        double loss = Backward(sources, targets);
        if (!double.IsFinite(loss)) throw new PretrainingDivergedException(step + 1, $"the loss is {loss}");
        try
        {
            Optimizer.Step();
        }
        catch (ArithmeticException)
        {
            Optimizer.ClearGradients();
            throw new PretrainingDivergedException(step + 1, $"the norm of the gradient is {_group.GradientNorm}");
        }
        Model.Backend.Synchronize();
        return new PretrainingStep(
            step + 1, loss, _group.GradientNorm, _settings.LearningRate * _schedule.Factor(step),
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            sources.Sequences.Rows, targets.Labels.Length);
    }

    /// <summary>Frees the optimizer's state; the model stays.</summary>
    public void Dispose() => Optimizer.Dispose();

    private double Backward(SourceBatch sources, TargetBatch targets)
    {
        using TensorScope scope = new();
        using Tape tape = new(Model.Backend);
        Variable states = Model.Encode(tape, Model.Embed(tape, sources.Ids), sources.Sequences);
        Variable loss = Model.Loss(tape, targets, states, sources.Sequences);
        double value = loss.Value.ToScalar();
        if (double.IsFinite(value)) tape.Backward(loss);
        return value;
    }
}

/// <summary>How a model is pretrained: AdamW, warm-up and linear decay, the gradient clipped as a whole.</summary>
public sealed record PretrainingSettings
{
    /// <summary>Updates.</summary>
    [Range(1, 1 << 30)]
    public int Steps { get; set; } = 10_000;

    /// <summary>Examples of a step, B.</summary>
    [Range(1, RunConfiguration.Largest)]
    public int Batch { get; set; } = 64;

    /// <summary>Learning rate after the warm-up.</summary>
    [Range(0, 1e3)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Share of the steps over which the learning rate rises from 0.</summary>
    [Range(0.0, 1.0)]
    public double Warmup { get; set; } = 0.02;

    /// <summary>What share of the learning rate it falls to over the rest; 1 keeps it.</summary>
    [Range(0.0, 1.0)]
    public double DecayTo { get; set; }

    /// <summary>Largest norm of the gradient of all weights together; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double Clip { get; set; } = 1;

    /// <summary>Decoupled weight decay.</summary>
    [Range(0, 1e3)]
    public double WeightDecay { get; set; }

    /// <summary>Steps from one checkpoint to the next; interrupted, a run writes one besides.</summary>
    [Range(1, 1 << 30)]
    public int CheckpointEvery { get; set; } = 500;
}

/// <summary>What one step came to.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Loss">Mean cross-entropy of the batch's target tokens, before the step's update.</param>
/// <param name="GradientNorm">Before clipping; 0 where nothing is clipped.</param>
/// <param name="LearningRate">At this update, after the schedule.</param>
/// <param name="Seconds">Wall time of all of it.</param>
/// <param name="SourceTokens">Encoder rows of the batch.</param>
/// <param name="TargetTokens">Decoder rows.</param>
public sealed record PretrainingStep(
    int Number, double Loss, double GradientNorm, double LearningRate, double Seconds, int SourceTokens,
    int TargetTokens);

/// <summary>A loss or the gradient is not a finite number: the weights are as before the step.</summary>
public sealed class PretrainingDivergedException : Exception
{
    /// <summary>Divergence at a step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="what">What was not finite.</param>
    public PretrainingDivergedException(int step, string what)
        : base(
            $"pretraining diverged at step {step}: {what}, expected a finite number; a lower training.learningRate "
                + $"may help") => Step = step;

    /// <summary>The step, counted from 1.</summary>
    public int Step { get; }
}
