using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Runner.Demo;

/// <summary>A target task with the few examples of one seed.</summary>
/// <param name="Target">The question, and the sources related to it.</param>
/// <param name="Seed">Seed of its training examples.</param>
/// <param name="Codec">Its labels and texts as token ids, under the name <c>TARGET@SEED</c>.</param>
/// <param name="Training">The examples it is trained on.</param>
/// <param name="Test">The examples it is measured on, the same for every seed.</param>
internal sealed record DemoTask(
    LanguageTarget Target, int Seed, TaskCodec Codec, IReadOnlyList<EncodedExample> Training,
    IReadOnlyList<EncodedExample> Test)
{
    public const int Shots = 32, TestExamples = 300, SourceLength = 64;

    // Development seeds are measured on texts that no reported seed is trained or measured on.
    private const ulong TestSeed = 2, ValidationSeed = 1_000_001, TrainingSeed = 5_000_000;

    public string Name => Codec.Task.Name;

    public TrainingTask ForTraining => new(Name, Training);

    /// <summary>The tasks of some seeds, target after target.</summary>
    /// <param name="world">The language and the model.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="development">Whether they are measured on a validation split and not on the test examples.</param>
    public static DemoTask[] Create(
        DemoWorld world, IReadOnlyList<LanguageTarget> targets, IReadOnlyList<int> seeds, bool development)
    {
        List<DemoTask> tasks = [];
        foreach (LanguageTarget target in targets)
        {
            Example[] measured = world.Language.Examples(
                target.Task, development ? LanguageSplit.Training : LanguageSplit.Test,
                development ? ValidationSeed : TestSeed, TestExamples);
            foreach (int seed in seeds)
            {
                TaskCodec codec = new(
                    target.Task.Declaration.WithName($"{target.Task.Name}@{seed}"), world.Tokenizer, world.Model.Config,
                    SourceLength);
                Example[] training = world.Language.Examples(
                    target.Task, LanguageSplit.Training, TrainingSeed + (ulong)seed, Shots);
                tasks.Add(
                    new DemoTask(
                        target, seed, codec, [.. training.Select(codec.Encode)], [.. measured.Select(codec.Encode)]));
            }
        }
        return [.. tasks];
    }
}
