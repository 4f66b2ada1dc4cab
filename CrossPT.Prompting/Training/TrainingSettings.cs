using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Training;

/// <summary>How the examples of several tasks come into a step.</summary>
public enum Batching
{
    /// <summary>B examples in all, the tasks in turn; the loss is the mean over all their label tokens.</summary>
    Mixed,

    /// <summary>B examples of every task, each worked on by itself; the loss is the sum of the tasks' means. What is a task's own trains exactly as it would alone.</summary>
    PerTask,

    /// <summary>
    /// The same in one pass over the examples of all tasks: equal to <see cref="PerTask"/> but for rounding, sooner for small models, with as much more memory.
    /// </summary>
    Together,
}

/// <summary>What moves the parameters.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Adafactor with given learning rates; the rows of a router share their second moments.</summary>
    Adafactor,
}

/// <summary>What a gradient's norm is taken over before it is limited.</summary>
public enum ClipScope
{
    /// <summary>Each prompt by itself, and each task's row of a router: one task's outlier leaves the others alone.</summary>
    Group,

    /// <summary>All gradients together, as Hugging Face's trainer does.</summary>
    Global,
}

/// <summary>Which of the values seen in training are kept.</summary>
public enum PromptSelection
{
    /// <summary>The last.</summary>
    Last,

    /// <summary>Those that did best in evaluation; of equals the first.</summary>
    Best,
}

/// <summary>How prompts are trained: warm-up and linear decay, learning rates by role, gradients clipped prompt by prompt.</summary>
public sealed record TrainingSettings
{
    /// <summary>Updates.</summary>
    /// <value>The default is 400.</value>
    public int Steps { get; init; } = 400;

    /// <summary>Examples of a step, B: of all tasks together, or of each (<see cref="Training.Batching.PerTask"/>).</summary>
    /// <value>The default is 16.</value>
    public int Batch { get; init; } = 16;

    /// <summary>How the examples of several tasks come into a step.</summary>
    /// <value>The default is <see cref="Training.Batching.Mixed"/>.</value>
    public Batching Batching { get; init; }

    /// <summary>What moves the parameters.</summary>
    /// <value>The default is <see cref="OptimizerKind.AdamW"/>, with an epsilon of 1e-6.</value>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Learning rate of source prompts that are trained.</summary>
    /// <value>The default, where null, is of their form: see <see cref="DefaultLearningRate"/>.</value>
    public double? SourceLearningRate { get; init; }

    /// <summary>Learning rate of private prompts.</summary>
    /// <value>The default, where null, is of their form: see <see cref="DefaultLearningRate"/>.</value>
    public double? PrivateLearningRate { get; init; }

    /// <summary>Learning rate of added prompts beside routed private ones.</summary>
    /// <value>The default, where null, is of their form: see <see cref="DefaultLearningRate"/>.</value>
    public double? TargetLearningRate { get; init; }

    /// <summary>Learning rate of the router.</summary>
    /// <value>The default, where null, is 0.1.</value>
    public double? RouterLearningRate { get; init; }

    /// <summary>Learning rate of DePT's update of the text's embeddings.</summary>
    /// <value>The default, where null, is 0.001.</value>
    public double? UpdateLearningRate { get; init; }

    /// <summary>Learning rate of the model's own weights, in full fine-tuning.</summary>
    /// <value>The default, where null, is 0.0001.</value>
    public double? ModelLearningRate { get; init; }

    /// <summary>Share of the steps over which the learning rates rise from 0; over the rest they fall to 0.</summary>
    /// <value>The default is 0.2.</value>
    public double Warmup { get; init; } = 0.2;

    /// <summary>Largest norm of a gradient; 0 does not clip.</summary>
    /// <value>The default is 1.</value>
    public double Clip { get; init; } = 1;

    /// <summary>What the norm is taken over.</summary>
    /// <value>The default is <see cref="Training.ClipScope.Group"/>.</value>
    public ClipScope ClipScope { get; init; }

    /// <summary>Decoupled weight decay.</summary>
    /// <value>The default is 0.</value>
    public double WeightDecay { get; init; }

    /// <summary>Dropout of the frozen model while prompts are trained, in [0, 1).</summary>
    /// <value>The default, where null, is what the model's configuration says.</value>
    public double? Dropout { get; init; }

    /// <summary>Steps between evaluations on validation examples; 0 for none while training.</summary>
    /// <value>The default is 0.</value>
    public int EvaluateEvery { get; init; }

    /// <summary>Evaluations without a better one after which training ends; 0 never ends it early.</summary>
    /// <value>The default is 0.</value>
    public int Patience { get; init; }

    /// <summary>Which values are kept.</summary>
    /// <value>The default is <see cref="PromptSelection.Last"/>.</value>
    public PromptSelection Selection { get; init; }

    /// <summary>Steps between checkpoints; 0 leaves those at the end and when interrupted.</summary>
    /// <value>The default is 50: prompts take milliseconds to write.</value>
    public int CheckpointEvery { get; init; } = 50;

    /// <summary>
    /// Where a learning rate starts if nothing is said: 0.3 for prompts whose rows are trained themselves, in low rank or as a product; 0.05 for those
    /// that come out of a perceptron; 0.1 for routers; 0.001 for updates of embeddings; 0.0001 for the model.
    /// </summary>
    public static double DefaultLearningRate(ParameterRole role, PromptForm form = PromptForm.Full) => role switch
    {
        ParameterRole.Router => 0.1,
        ParameterRole.Update => 0.001,
        ParameterRole.Model => 0.0001,
        _ => form is PromptForm.Mlp or PromptForm.ResidualMlp ? 0.05 : 0.3,
    };

    /// <summary>The same with every learning rate a number: those left open take the default of the form their prompts have.</summary>
    public TrainingSettings Resolve(PromptSettings prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return this with
        {
            SourceLearningRate = SourceLearningRate ?? DefaultLearningRate(ParameterRole.Source, prompt.Sources.Form.Form),
            PrivateLearningRate = PrivateLearningRate ?? DefaultLearningRate(ParameterRole.Private, prompt.Private.Form.Form),
            TargetLearningRate = TargetLearningRate ?? DefaultLearningRate(ParameterRole.Target, prompt.Target?.Form.Form ?? PromptForm.Full),
            RouterLearningRate = LearningRate(ParameterRole.Router),
            UpdateLearningRate = LearningRate(ParameterRole.Update),
            ModelLearningRate = LearningRate(ParameterRole.Model),
        };
    }

    /// <summary>Learning rate of a role before the schedule; where it was left open, of rows trained themselves.</summary>
    public double LearningRate(ParameterRole role) => role switch
    {
        ParameterRole.Source => SourceLearningRate,
        ParameterRole.Private => PrivateLearningRate,
        ParameterRole.Target => TargetLearningRate,
        ParameterRole.Router => RouterLearningRate,
        ParameterRole.Update => UpdateLearningRate,
        _ => ModelLearningRate,
    } ?? DefaultLearningRate(role);
}
