using CrossPT.Tensors;

namespace CrossPT.Autograd.Optimization;

/// <summary>Gradients scaled down where their norm is too large (Pascanu et al. 2013).</summary>
/// <remarks>
/// A norm that is NaN or infinite is given back as it is and the gradients are left alone: scaling would spread it, and
/// only the caller knows whether to skip the step or to stop. In float32 the squares overflow where a norm exceeds
/// about 1.8e19.
/// </remarks>
public static class GradientClipping
{
    /// <summary>
    /// Scales all gradients by one factor so that their Euclidean norm together is at most <paramref name="maxNorm"/>.
    /// Parameters without a gradient are passed over.
    /// </summary>
    /// <returns>The norm before; 0 where there is no gradient.</returns>
    /// <exception cref="ArgumentException"><paramref name="maxNorm"/> is not above 0, or a variable comes
    /// twice.</exception>
    public static double ByGlobalNorm(IEnumerable<Variable> parameters, double maxNorm)
    {
        Tensor[] gradients = Gradients(parameters, maxNorm);
        double norm = Math.Sqrt(SumsOfSquares(gradients).Sum());
        foreach (Tensor gradient in gradients) Limit(gradient, norm, maxNorm);
        return norm;
    }

    /// <summary>
    /// Scales each gradient by itself so that its norm is at most <paramref name="maxNorm"/>: one prompt's outlier
    /// leaves the others alone.
    /// </summary>
    /// <returns>The norms before, of the parameters that have a gradient, in order.</returns>
    /// <exception cref="ArgumentException"><paramref name="maxNorm"/> is not above 0, or a variable comes
    /// twice.</exception>
    public static IReadOnlyList<double> EachByNorm(IEnumerable<Variable> parameters, double maxNorm)
    {
        Tensor[] gradients = Gradients(parameters, maxNorm);
        double[] norms = Array.ConvertAll(SumsOfSquares(gradients), Math.Sqrt);
        for (int i = 0; i < norms.Length; i++) Limit(gradients[i], norms[i], maxNorm);
        return norms;
    }

    /// <summary>
    /// Scales each group of gradients by one factor so that its norm is at most <paramref name="maxNorm"/>; a group may
    /// be some rows of one.
    /// </summary>
    /// <param name="groups">Gradients, or slices of such, that do not overlap.</param>
    /// <param name="maxNorm">Above 0.</param>
    /// <returns>The norms before, in order.</returns>
    /// <exception cref="ArgumentException"><paramref name="maxNorm"/> is not above 0.</exception>
    public static IReadOnlyList<double> EachGroupByNorm(IReadOnlyList<IReadOnlyList<Tensor>> groups, double maxNorm)
    {
        ArgumentNullException.ThrowIfNull(groups);
        CheckNorm(maxNorm);
        double[] squares = SumsOfSquares([.. groups.SelectMany(static group => group)]);
        double[] norms = new double[groups.Count];
        for (int i = 0, first = 0; i < norms.Length; first += groups[i].Count, i++)
        {
            norms[i] = Math.Sqrt(squares.AsSpan(first, groups[i].Count).ToArray().Sum());
            foreach (Tensor gradient in groups[i]) Limit(gradient, norms[i], maxNorm);
        }
        return norms;
    }

    private static void CheckNorm(double maxNorm)
    {
        if (!(maxNorm > 0))
            throw new ArgumentException($"GradientClipping: norm {maxNorm}, expected above 0.", nameof(maxNorm));
    }

    private static Tensor[] Gradients(IEnumerable<Variable> parameters, double maxNorm)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        CheckNorm(maxNorm);
        HashSet<Variable> seen = [];
        List<Tensor> gradients = [];
        foreach (Variable parameter in parameters)
        {
            if (!seen.Add(parameter))
            {
                throw new ArgumentException(
                    $"GradientClipping: a parameter {parameter.Shape} comes twice.", nameof(parameters));
            }
            if (parameter.Gradient is { } gradient) gradients.Add(gradient);
        }
        return [.. gradients];
    }

    /// <summary>All sums into one tensor, so that the host waits for the device once.</summary>
    private static double[] SumsOfSquares(Tensor[] gradients)
    {
        if (gradients.Length == 0) return [];
        using TensorScope scope = new();
        Tensor totals = Tensor.Allocate(gradients[0].Backend, gradients.Length);
        for (int i = 0; i < gradients.Length; i++)
            gradients[i].Backend.Reduction.SumOfSquares(gradients[i], totals.Slice(i, 1));
        return totals.ToDoubles();
    }

    private static void Limit(Tensor gradient, double norm, double maxNorm)
    {
        if (double.IsFinite(norm) && norm > maxNorm)
            gradient.Backend.Elementwise.Scale(gradient, gradient, maxNorm / norm);
    }
}
