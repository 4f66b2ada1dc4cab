namespace CrossPT.Autograd.Optimization;

/// <summary>
/// Parameters that are trained alike: private prompts with one learning rate, the router with another.
/// </summary>
public sealed class ParameterGroup
{
    /// <summary>A group.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="parameters">Its parameters; their names are unique within an optimizer.</param>
    /// <param name="learningRate">Step size before the schedule, at least 0.</param>
    /// <param name="weightDecay">Decoupled decay, at least 0: a step shrinks each parameter by learning rate ·
    /// weightDecay of itself.</param>
    /// <param name="maxGradientNorm">Largest Euclidean norm of all the group's gradients together; null does not
    /// clip.</param>
    /// <exception cref="ArgumentException">A parameter needs no gradient, or a number is out of range.</exception>
    public ParameterGroup(
        string name, IEnumerable<NamedParameter> parameters, double learningRate, double weightDecay = 0,
        double? maxGradientNorm = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(parameters);
        Name = name;
        Parameters = [.. parameters];
        foreach (NamedParameter parameter in Parameters)
        {
            if (!parameter.Variable.RequiresGradient || !parameter.Variable.IsLeaf)
            {
                throw new ArgumentException(
                    $"ParameterGroup '{name}': '{parameter.Name}' {parameter.Variable.Shape} is not a trained "
                    + "parameter.", nameof(parameters));
            }
        }
        LearningRate = Optimizer.NotNegative(learningRate, $"ParameterGroup '{name}': learning rate");
        WeightDecay = Optimizer.NotNegative(weightDecay, $"ParameterGroup '{name}': weight decay");
        if (maxGradientNorm is <= 0 or double.NaN)
        {
            throw new ArgumentException(
                $"ParameterGroup '{name}': gradient norm {maxGradientNorm}, expected above 0.");
        }
        MaxGradientNorm = maxGradientNorm;
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Its parameters, in the order of updates.</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>Step size before the schedule.</summary>
    public double LearningRate { get; }

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>Largest norm of the group's gradients together, or null.</summary>
    public double? MaxGradientNorm { get; }

    /// <summary>
    /// Norm of the group's gradients at the last step, before clipping; 0 before the first, and where nothing is
    /// clipped.
    /// </summary>
    public double GradientNorm { get; internal set; }
}
