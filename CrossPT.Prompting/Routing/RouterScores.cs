using CrossPT.Prompting.Composition;

namespace CrossPT.Prompting.Routing;

/// <summary>How the logits of one row become scores y, with their derivatives: what the modes of a router differ in.</summary>
internal sealed class RouterScores
{
    private readonly RouterSettings _settings;
    private readonly int _steps;

    /// <summary>The scores of a router trained for a number of steps.</summary>
    /// <exception cref="ArgumentException">Settings that contradict each other.</exception>
    public RouterScores(RouterSettings settings, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        Annealing.Check(settings);
        Samples = settings.Sampling ?? settings.Mode == RouterMode.Faithful;
        if (settings.Mode == RouterMode.ConsistentSoftmax)
        {
            if (Samples)
            {
                throw new ArgumentException(
                    "The router samples in the mode consistent-softmax, which has no noise; expected another mode, or no sampling.");
            }
            if (settings.Normaliser is { } other and not RouterNormaliser.Softmax)
                throw new ArgumentException($"The router has the normaliser {other} in the mode consistent-softmax, expected softmax or another mode.");
        }
        else if (!Samples && (settings.Schedule != TemperatureSchedule.Constant || settings.Temperature != 1))
        {
            throw new ArgumentException($"The router has a temperature in the mode {settings.Mode} without sampling, where it has no effect.");
        }
        if (settings.Mode != RouterMode.Faithful && settings.EvaluationNormaliser is { } own)
        {
            throw new ArgumentException(
                $"The router has the normaliser {own} for evaluation in the mode {settings.Mode}, expected it in the mode faithful alone.");
        }
        RouterNormaliser usual = settings.Mode == RouterMode.ConsistentSigmoid ? RouterNormaliser.None : RouterNormaliser.Softmax;
        TrainingNormaliser = settings.Normaliser ?? usual;
        EvaluationNormaliser = settings.Mode == RouterMode.Faithful ? settings.EvaluationNormaliser ?? usual : TrainingNormaliser;
        if (settings.Trained && TrainingNormaliser == RouterNormaliser.Max)
        {
            throw new ArgumentException(
                "The router is trained with the normaliser max, which has no gradient; expected another, or a router that is not trained.");
        }
        (_settings, _steps) = (settings, steps);
    }

    /// <summary>Whether training draws samples.</summary>
    public bool Samples { get; }

    /// <summary>What makes weights of scores in training.</summary>
    public RouterNormaliser TrainingNormaliser { get; }

    /// <summary>What makes weights of scores in evaluation.</summary>
    public RouterNormaliser EvaluationNormaliser { get; }

    /// <summary>τ of a step, or of evaluation: that of the last step.</summary>
    public double Temperature(TrainingMoment? moment) => Annealing.At(_settings, moment?.Step ?? (_steps - 1));

    /// <summary>Scores and their derivatives by their own logits.</summary>
    /// <param name="z">Logits of the row.</param>
    /// <param name="moment">The step; null in evaluation.</param>
    /// <param name="row">What the row's noise depends on besides seed and step.</param>
    public (double[] Scores, double[] Slopes) Score(ReadOnlySpan<double> z, TrainingMoment? moment, string row)
    {
        double[] scores = new double[z.Length], slopes = new double[z.Length];
        double temperature = Temperature(moment);
        double[]? uniforms = Samples && moment is { } now ? RelaxedBernoulli.Uniforms(now.Seed, now.Step, row, z.Length) : null;
        for (int i = 0; i < z.Length; i++)
            (scores[i], slopes[i]) = uniforms is null ? Plain(z[i], temperature) : RelaxedBernoulli.Sample(uniforms[i], z[i], temperature);
        // An untrained router without a normaliser is a plain sum. The gradient goes through as if 1 were added: logits that start at zero can leave it.
        if (_settings.Mode == RouterMode.Faithful && !scores.AsSpan().ContainsAnyExcept(0)) Array.Fill(scores, 1);
        return (scores, slopes);
    }

    private (double Value, double Slope) Plain(double z, double temperature)
    {
        if (_settings.Mode == RouterMode.ConsistentSoftmax) return (z / temperature, 1 / temperature);
        if (_settings.Mode == RouterMode.Faithful) return (z, 1);
        double y = RelaxedBernoulli.Sigmoid(z);
        return (y, y * (1 - y));
    }
}
