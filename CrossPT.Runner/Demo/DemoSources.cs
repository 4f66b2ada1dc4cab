using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;

namespace CrossPT.Runner.Demo;

/// <summary>
/// The source prompts: one a pretrained skill, tuned without any text prefix on the domains the skill was pretrained
/// in.
/// </summary>
/// <param name="Prompts">The prompts, in the order of the language's sources.</param>
/// <param name="Accuracies">Of each: accuracy behind its prompt and under its text prefix, on texts of no
/// training.</param>
/// <param name="Rows">Examples that went forward and backward through the model.</param>
internal sealed record DemoSources(
    IReadOnlyList<SourcePrompt> Prompts, IReadOnlyList<(double Prompt, double Prefix)> Accuracies, long Rows)
{
    public const int Length = 8, Steps = 800;

    private const int Batch = 16, Examples = 2000, Measured = 300, SourceLength = 64;
    private const ulong ExampleSeed = 3_000_001, MeasureSeed = 4_000_001;

    public static DemoSources Train(
        DemoWorld world, IReadOnlyList<LanguageTask> tasks, int steps, ulong seed, Action<TrainingStep> progress,
        CancellationToken cancellation)
    {
        if (tasks.Count == 0) return new DemoSources([], [], 0);
        TaskCodec[] codecs =
        [
            .. tasks.Select(task => new TaskCodec(task.Declaration, world.Tokenizer, world.Model.Config, SourceLength)),
        ];
        using PromptMethod prompts = PromptMethod.Create(new PromptPlan
        {
            Prompt = new PromptSettings
            {
                Length = Length,
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Vocabulary } },
            },
            Router = new RouterSettings { Kind = RouterKind.None },
            Model = world.Model,
            Tasks = [.. tasks.Select(static task => task.Name)],
            Seed = seed,
            Steps = steps,
        });
        TrainingSettings settings = new()
        {
            Steps = steps,
            Batch = Batch,
            Batching = Batching.Together,
            Warmup = 0.1,
            Dropout = 0,
            LearningRates = new LearningRates { Private = 0.3 },
        };
        TrainingTask[] training =
        [
            .. tasks.Zip(codecs, (task, codec) => new TrainingTask(
                codec.Task.Name,
                [.. world.Language.Examples(task, LanguageSplit.Training, ExampleSeed, Examples)
                    .Select(codec.Encode)])),
        ];
        using Trainer trainer = new(world.Model, prompts, training, settings, seed);
        trainer.Run(new TrainingHooks { Progress = progress }, cancellation);
        using TargetPrompts tuned = TargetPrompts.Collapse(prompts, world.Model.Backend);
        List<SourcePrompt> sources = [];
        List<(double, double)> accuracies = [];
        for (int i = 0; i < codecs.Length; i++)
        {
            sources.Add(new SourcePrompt(tasks[i].Name, tuned[i].ToSingles(), tuned.Width));
            Example[] examples = world.Language.Examples(tasks[i], LanguageSplit.Test, MeasureSeed, Measured);
            TaskEvaluation evaluation = TaskEvaluation.Run(
                world.Model, tuned, codecs[i], [.. examples.Select(codecs[i].Encode)], 128, cancellation);
            accuracies.Add(
                (
                    evaluation.Metrics[0].Value,
                    PrefixAccuracy.Measure(world.Model, world.Tokenizer, tasks[i], examples)));
        }
        return new DemoSources(sources, accuracies, (long)steps * Batch * codecs.Length);
    }
}
