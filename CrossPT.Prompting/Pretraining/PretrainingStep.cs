namespace CrossPT.Prompting.Pretraining;

/// <summary>What one step came to.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Loss">Mean cross-entropy of the batch's target tokens, before the step's update.</param>
/// <param name="GradientNorm">Before clipping; 0 where nothing is clipped.</param>
/// <param name="LearningRate">At this update, after the schedule.</param>
/// <param name="Seconds">Wall time of all of it.</param>
/// <param name="SourceTokens">Encoder rows of the batch.</param>
/// <param name="TargetTokens">Decoder rows.</param>
public sealed record PretrainingStep(
    int Number, double Loss, double GradientNorm, double LearningRate, double Seconds, int SourceTokens,
    int TargetTokens);
