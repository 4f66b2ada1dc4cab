using CrossPT.Tensors;

namespace CrossPT.Autograd.Optimization;

/// <summary>Moves parameters along their gradients, one step at a time.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>What is trained, and how.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Finished steps.</summary>
    long StepCount { get; }

    /// <summary>
    /// Clips the groups that ask for it, moves every parameter that has a gradient by its group's learning rate times
    /// the schedule's factor, then gives all gradients up. A parameter without a gradient stays as it is, and so does
    /// its state.
    /// </summary>
    /// <exception cref="ArithmeticException">The gradient norm of a group that is clipped is NaN or infinite: nothing
    /// was changed.</exception>
    void Step();

    /// <summary>Gives all gradients up without a step.</summary>
    void ClearGradients();

    /// <summary>
    /// Everything a checkpoint needs to go on bit for bit: the count of steps as <c>step</c>, Int64 [1], and per
    /// parameter that has moved <c>{parameter}/step</c> with the moments beside it.
    /// </summary>
    /// <returns>
    /// Tensors the caller disposes. The moments share memory with the optimizer: write or copy them before the next
    /// step.
    /// </returns>
    IReadOnlyDictionary<string, Tensor> SaveState();

    /// <summary>Goes on from what <see cref="SaveState"/> gave; the tensors are copied.</summary>
    /// <exception cref="ArgumentException">A name, shape or type is not one of this optimizer's, or a tensor is
    /// missing: nothing was changed.</exception>
    void RestoreState(IReadOnlyDictionary<string, Tensor> state);
}
