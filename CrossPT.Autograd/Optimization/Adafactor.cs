using CrossPT.Tensors;

namespace CrossPT.Autograd.Optimization;

/// <summary>Settings of <see cref="Adafactor"/>, with Hugging Face's names and meanings.</summary>
public sealed record AdafactorSettings
{
    /// <summary>ε₁, added to the squares of gradients.</summary>
    /// <value>The default is 1e-30.</value>
    public double SquareEpsilon { get; init; } = 1e-30;

    /// <summary>ε₂, the least scale of a parameter where <see cref="ScaleParameter"/> is set.</summary>
    /// <value>The default is 1e-3.</value>
    public double ScaleEpsilon { get; init; } = 1e-3;

    /// <summary>Root mean square an update may have at most before the learning rate.</summary>
    /// <value>The default is 1.</value>
    public double ClipThreshold { get; init; } = 1;

    /// <summary>Exponent of the second moment's decay: 1 − t^DecayRate at step t.</summary>
    /// <value>The default is −0.8.</value>
    public double DecayRate { get; init; } = -0.8;

    /// <summary>Decay of a mean of updates; null keeps none and saves its memory.</summary>
    /// <value>The default is null.</value>
    public double? Beta1 { get; init; }

    /// <summary>Whether the learning rate is multiplied by the parameter's own root mean square.</summary>
    /// <value>The default is false: prompts begin at the scale of embeddings, not of weights.</value>
    public bool ScaleParameter { get; init; }

    /// <summary>
    /// Whether min(0.01, 1/√t) at step t takes the place of the groups' learning rate; the schedule still multiplies
    /// it.
    /// </summary>
    /// <value>The default is false.</value>
    public bool RelativeStep { get; init; }

    /// <summary>With <see cref="RelativeStep"/>, min(1e-6 · t, 1/√t) instead.</summary>
    /// <value>The default is false.</value>
    public bool WarmupInit { get; init; }
}

/// <summary>
/// Adafactor (Shazeer and Stern 2018): the second moment of a matrix as a row and a column, updates clipped by their
/// root mean square.
/// </summary>
/// <remarks>
/// <para>Agrees with Hugging Face's <c>Adafactor</c> on vectors and matrices. A parameter of more dimensions counts as
/// the matrix of its rows, where Hugging Face factors the last two alone.</para>
/// <para>State per parameter: <c>row_moment</c> and <c>column_moment</c>, or <c>second_moment</c> of a vector;
/// <c>first_moment</c> with Beta1.</para>
/// </remarks>
public sealed class Adafactor : Optimizer
{
    private const string Row = "row_moment", Column = "column_moment", Second = "second_moment", First = "first_moment";

    private readonly AdafactorSettings _settings;

    /// <summary>An optimizer of these groups; the constant schedule and the default settings where null.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or a parameter or name comes twice.</exception>
    public Adafactor(
        IEnumerable<ParameterGroup> groups, ILearningRateSchedule? schedule = null, AdafactorSettings? settings = null)
        : base(groups, schedule)
    {
        _settings = settings ?? new AdafactorSettings();
        NotNegative(_settings.SquareEpsilon, "Adafactor: square epsilon");
        NotNegative(_settings.ScaleEpsilon, "Adafactor: scale epsilon");
        if (!(_settings.ClipThreshold > 0))
            throw new ArgumentException($"Adafactor: clip threshold {_settings.ClipThreshold}, expected above 0.");
        if (!(_settings.DecayRate < 0))
            throw new ArgumentException($"Adafactor: decay rate {_settings.DecayRate}, expected below 0.");
        if (_settings.Beta1 is { } beta1) Decay(beta1, "Adafactor: beta1");
        if (_settings.WarmupInit && !_settings.RelativeStep)
            throw new ArgumentException("Adafactor: WarmupInit without RelativeStep.");
    }

    private protected override Dictionary<string, Tensor> CreateMoments(Tensor parameter)
    {
        Dictionary<string, Tensor> moments = [];
        if (IsFactored(parameter))
        {
            moments.Add(Row, Tensor.Allocate(parameter.Backend, new Shape(parameter.Rows), parameter.DType));
            moments.Add(Column, Tensor.Allocate(parameter.Backend, new Shape(parameter.Columns), parameter.DType));
        }
        else
        {
            moments.Add(Second, Tensor.Allocate(parameter.Backend, parameter.Shape, parameter.DType));
        }
        if (_settings.Beta1 is not null)
            moments.Add(First, Tensor.Allocate(parameter.Backend, parameter.Shape, parameter.DType));
        return moments;
    }

    private protected override void Update(
        List<(Tensor Parameter, Tensor Gradient, Dictionary<string, Tensor> Moments, Move Move)> updates)
    {
        foreach ((Tensor parameter, Tensor gradient, Dictionary<string, Tensor> moments, Move move) in updates)
        {
            using TensorScope scope = new();
            Update(parameter, gradient, moments, move);
        }
    }

    private void Update(Tensor parameter, Tensor gradient, Dictionary<string, Tensor> moments, Move move)
    {
        IBackend backend = parameter.Backend;
        double decay = 1 - Math.Pow(move.Step, _settings.DecayRate);
        double rate = LearningRate(parameter, move);
        Tensor update = Tensor.Allocate(backend, parameter.Shape, parameter.DType);
        if (IsFactored(parameter))
        {
            backend.Optimizer.AdafactorMoments(gradient, moments[Row], moments[Column], decay, _settings.SquareEpsilon);
            backend.Optimizer.AdafactorUpdate(gradient, moments[Row], moments[Column], update);
        }
        else
        {
            backend.Optimizer.AdafactorVectorUpdate(gradient, moments[Second], update, decay, _settings.SquareEpsilon);
        }
        double scale = rate / Math.Max(1, RootMeanSquare(update) / _settings.ClipThreshold);
        double keep = 1 - (rate * move.WeightDecay);
        if (_settings.Beta1 is { } beta1)
        {
            backend.Elementwise.Add(moments[First], update, moments[First], beta1, (1 - beta1) * scale);
            backend.Elementwise.Add(parameter, moments[First], parameter, keep, -1);
        }
        else
        {
            backend.Elementwise.Add(parameter, update, parameter, keep, -scale);
        }
    }

    private static bool IsFactored(Tensor parameter) => parameter.Shape.Rank >= 2;

    private static double RootMeanSquare(Tensor tensor)
    {
        Tensor total = Tensor.Allocate(tensor.Backend, 1);
        tensor.Backend.Reduction.SumOfSquares(tensor, total);
        return Math.Sqrt(total.ToScalar() / Math.Max(1, tensor.Length));
    }

    private double LearningRate(Tensor parameter, Move move)
    {
        double relative = Math.Min(_settings.WarmupInit ? 1e-6 * move.Step : 1e-2, 1 / Math.Sqrt(move.Step));
        double rate = (_settings.RelativeStep ? relative : move.LearningRate) * move.Factor;
        return _settings.ScaleParameter ? rate * Math.Max(_settings.ScaleEpsilon, RootMeanSquare(parameter)) : rate;
    }
}
