namespace CrossPT.Tensors;

/// <summary>Hyperparameters of one AdamW step (Loshchilov and Hutter 2019).</summary>
/// <param name="LearningRate">Step size after the schedule.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment, after bias correction.</param>
/// <param name="WeightDecay">Decoupled: the parameter shrinks by LearningRate · WeightDecay first.</param>
/// <param name="Step">1 at the first step: bias correction.</param>
public readonly record struct AdamWOptions(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, long Step);

/// <summary>One AdamW step of one parameter: tensors of one shape.</summary>
public sealed record AdamWUpdate(
    Tensor Parameter, Tensor Gradient, Tensor FirstMoment, Tensor SecondMoment, AdamWOptions Options);

/// <summary>Optimizer updates, in place.</summary>
public interface IOptimizerKernels
{
    /// <summary>One AdamW step on a parameter with its gradient and two moments, all of one shape.</summary>
    void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options);

    /// <summary>The same for several parameters at once.</summary>
    void AdamW(IReadOnlyList<AdamWUpdate> updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        foreach (AdamWUpdate update in updates)
            AdamW(update.Parameter, update.Gradient, update.FirstMoment, update.SecondMoment, update.Options);
    }

    /// <summary>
    /// Adafactor's factored second moment of a [rows, columns] gradient (Shazeer and Stern 2018, algorithm 4):
    /// rowMoment [rows] = decay · rowMoment + (1 − decay) · mean over columns of (g² + epsilon), columnMoment [columns]
    /// likewise over rows.
    /// </summary>
    void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment, double decay, double epsilon);

    /// <summary>
    /// update = g / √(rowMoment · columnMoment / mean(rowMoment)), the unclipped factored update.
    /// </summary>
    void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update);

    /// <summary>
    /// The unfactored form for vectors: moment = decay · moment + (1 − decay) · (g² + epsilon); update = g / √moment.
    /// </summary>
    void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update, double decay, double epsilon);
}
