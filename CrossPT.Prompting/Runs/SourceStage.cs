using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// The cost of prompts tuned before the run itself: without it, methods cannot be compared at equal budget.
/// </summary>
/// <param name="Name">The source prompt, or the task whose private prompt was tuned first.</param>
/// <param name="Steps">Updates.</param>
/// <param name="Examples">Training examples there were.</param>
/// <param name="Rows">Examples that went forward and backward through the model.</param>
public sealed record StageBudget(string Name, int Steps, int Examples, long Rows);

/// <summary>Progress of what is trained first: a source prompt, or the trials of a start.</summary>
/// <param name="Title">What that is: <c>source NAME</c>, or <c>trials</c>.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Step">The step done.</param>
public sealed record StageStep(string Title, int Steps, TrainingStep Step);

/// <summary>
/// The first stage: plain prompt tuning of one task at a time, whose prompts then serve as source prompts or as starts.
/// Each is saved in the run folder when it is done, so that a run that was stopped does not begin again.
/// </summary>
internal sealed class SourceStage(
    T5Model model, RunConfiguration configuration, RunFolder? folder, Action<StageStep>? progress,
        CancellationToken cancellation)
{
    private readonly List<StageBudget> _budget = [];

    /// <summary>The cost so far, a stage each.</summary>
    public IReadOnlyList<StageBudget> Budget => _budget;

    /// <summary>A prompt of a task, tuned now or in an earlier part of the same run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="task">The task.</param>
    /// <param name="length">P.</param>
    /// <param name="steps">Updates.</param>
    public SourcePrompt Tune(string name, RunTask task, int length, int steps)
    {
        _budget.Add(new StageBudget(name, steps, task.Training.Count, (long)steps * configuration.Training.Batch));
        string? file = folder?.StagePathOf(name);
        if (file is not null && File.Exists(file)) return SourcePrompt.Load(file, model.Config.ModelWidth, name);
        using PromptMethod prompts = Build(task, length, steps);
        using Trainer trainer = CreateTrainer(prompts, task, steps);
        string? checkpoint = file is null ? null : Path.ChangeExtension(file, null);
        if (checkpoint is not null && CheckpointFile.IsIn(checkpoint)) trainer.Restore(checkpoint);
        TrainingHooks hooks = new()
        {
            Progress = step => progress?.Invoke(new StageStep($"source {name}", steps, step)),
            CheckpointFolder = checkpoint,
        };
        trainer.Run(hooks, cancellation);
        using TargetPrompts tuned = TargetPrompts.Collapse(prompts, model.Backend);
        SourcePrompt source = new(name, tuned.Rows.ToSingles(), tuned.Width);
        if (file is not null)
        {
            source.Save(file);
            if (Directory.Exists(checkpoint)) Directory.Delete(checkpoint, recursive: true);
        }
        return source;
    }

    /// <summary>Does what costs most in tuning a prompt of a task, for its memory alone.</summary>
    public void Measure(RunTask task, int length)
    {
        int steps = configuration.Training.Steps;
        using PromptMethod prompts = Build(task, length, steps);
        using Trainer trainer = CreateTrainer(prompts, task, steps);
        trainer.Estimate(cancellation);
    }

    private Trainer CreateTrainer(PromptMethod prompts, RunTask task, int steps)
    {
        TrainingSettings settings = configuration.Training with
        {
            Steps = steps,
            EvaluateEvery = 0,
            Patience = 0,
            Selection = PromptSelection.Last,
        };
        return new Trainer(
            model, prompts, [task.ForTraining], settings.Resolve(new PromptSettings()), (ulong)configuration.Seed);
    }

    private PromptMethod Build(RunTask task, int length, int steps)
    {
        PromptPlan plan = new()
        {
            Prompt = new PromptSettings
            {
                Length = length,
                Position = configuration.Prompt.Position,
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Vocabulary } },
            },
            Router = new RouterSettings { Kind = RouterKind.None },
            Model = model,
            Tasks = [task.Codec.Task.Name],
            Seed = (ulong)configuration.Seed,
            Steps = steps,
        };
        try
        {
            return PromptMethod.Create(plan);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"prompt: {error.Reason()}", error);
        }
    }
}
