using CrossPT.Tensors;

namespace CrossPT.Autograd.Optimization;

/// <summary>Settings of <see cref="AdamW"/>; the learning rate and weight decay are the groups'.</summary>
public sealed record AdamWSettings
{
    /// <summary>Decay of the mean of gradients, in [0, 1).</summary>
    /// <value>The default is 0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squares, in [0, 1).</summary>
    /// <value>The default is 0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean of squares, after bias correction.</summary>
    /// <value>The default is 1e-6, Hugging Face's; PyTorch's is 1e-8.</value>
    public double Epsilon { get; init; } = 1e-6;
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): p ← p·(1 − η·λ) − η · m̂ / (√v̂ + ε), with bias
/// correction counted per parameter.
/// </summary>
/// <remarks>State per parameter: <c>first_moment</c> and <c>second_moment</c>, each of the parameter's shape.</remarks>
public sealed class AdamW : Optimizer
{
    private const string First = "first_moment", Second = "second_moment";

    private readonly AdamWSettings _settings;

    /// <summary>An optimizer of these groups; the constant schedule and the default settings where null.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or a parameter or name comes twice.</exception>
    public AdamW(
        IEnumerable<ParameterGroup> groups, ILearningRateSchedule? schedule = null, AdamWSettings? settings = null)
        : base(groups, schedule)
    {
        _settings = settings ?? new AdamWSettings();
        Decay(_settings.Beta1, "AdamW: beta1");
        Decay(_settings.Beta2, "AdamW: beta2");
        NotNegative(_settings.Epsilon, "AdamW: epsilon");
    }

    private protected override Dictionary<string, Tensor> CreateMoments(Tensor parameter) => new()
    {
        [First] = Tensor.Allocate(parameter.Backend, parameter.Shape, parameter.DType),
        [Second] = Tensor.Allocate(parameter.Backend, parameter.Shape, parameter.DType),
    };

    private protected override void Update(
        List<(Tensor Parameter, Tensor Gradient, Dictionary<string, Tensor> Moments, Move Move)> updates)
    {
        // Of each device at once.
        foreach (var onDevice in updates.GroupBy(static update => update.Parameter.Backend))
        {
            onDevice.Key.Optimizer.AdamW([.. onDevice.Select(update => new AdamWUpdate(
                update.Parameter, update.Gradient, update.Moments[First], update.Moments[Second],
                Options(update.Move)))]);
        }
    }

    private AdamWOptions Options(Move move)
        => new(
            move.LearningRate * move.Factor, _settings.Beta1, _settings.Beta2, _settings.Epsilon, move.WeightDecay,
            move.Step);
}
