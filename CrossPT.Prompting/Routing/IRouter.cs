using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>The weights of n rows of a batch over the C columns that their tasks see.</summary>
/// <param name="Values">[n, C]: the source prompts, then the task's own prompt where it is a column; 0 where a column
/// is not chosen.</param>
/// <param name="Chosen">Int32 [n, k]: places row · C + column of the k largest columns of each row; null where all
/// count.</param>
internal sealed record RouterWeights(Variable Values, Tensor? Chosen = null);

/// <summary>A router by task: decides how much of each source prompt the prompt of a task takes.</summary>
internal interface IRouter : ILayer
{
    /// <summary>
    /// Whether the examples of one task differ in weights at this moment; otherwise there is one row a task.
    /// </summary>
    bool IsPerExample(TrainingMoment? moment);

    /// <summary>The weights of rows of the tasks <paramref name="tasks"/>.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="tasks">Index of the task of each of the n rows.</param>
    /// <param name="moment">The training step; null in evaluation.</param>
    RouterWeights Weights(Tape tape, int[] tasks, TrainingMoment? moment);

    /// <summary>Logits and weights of evaluation.</summary>
    RouterTable Table(IBackend backend, IReadOnlyList<string> tasks, IReadOnlyList<string> columns);
}
