using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Training;

/// <summary>A task as a trainer sees it.</summary>
/// <param name="Codec">Its labels.</param>
/// <param name="Examples">What it is trained on.</param>
public sealed record TrainingTask(TaskCodec Codec, IReadOnlyList<EncodedExample> Examples);
