using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Runs;

/// <summary>How the training of a run went.</summary>
/// <param name="Steps">All steps, those before a resume included.</param>
/// <param name="Rows">Examples that went forward and backward through the model.</param>
/// <param name="Best">The best evaluation on validation examples; null where there was none.</param>
/// <param name="SelectionExamples">Validation examples the best was chosen on, over all tasks.</param>
public sealed record TrainingOutcome(
    IReadOnlyList<TrainingStep> Steps, long Rows, (int Step, double Score)? Best, int SelectionExamples);
