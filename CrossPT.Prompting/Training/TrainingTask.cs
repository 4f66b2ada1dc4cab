using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Training;

/// <summary>Examples of a task to train on, or to measure losses of.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Examples">Its examples.</param>
public sealed record TrainingTask(string Name, IReadOnlyList<EncodedExample> Examples)
{
    /// <summary>
    /// What the order of its examples is drawn by: tasks of one stream have them in the same order.
    /// </summary>
    public string Stream { get; init; } = Name;
}
