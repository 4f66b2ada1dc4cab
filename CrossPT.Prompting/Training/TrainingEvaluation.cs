namespace CrossPT.Prompting.Training;

/// <summary>An evaluation in the course of training.</summary>
/// <param name="Step">Finished steps.</param>
/// <param name="Score">What the caller's measure came to; more is better.</param>
/// <param name="IsBest">Whether it is above all before it.</param>
public sealed record TrainingEvaluation(int Step, double Score, bool IsBest);
