using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Training;

/// <summary>How the examples of several tasks come into a step.</summary>
public enum Batching
{
    /// <summary>B examples in all, the tasks in turn; the loss is the mean over all their label tokens.</summary>
    Mixed,

    /// <summary>
    /// B examples of every task, each worked on by itself; the loss is the sum of the tasks' means. What is a task's
    /// own trains exactly as it would alone.
    /// </summary>
    PerTask,

    /// <summary>
    /// The same in one pass over the examples of all tasks: equal to <see cref="PerTask"/> but for rounding, sooner for
    /// small models, with as much more memory.
    /// </summary>
    Together,
}

/// <summary>What moves the parameters.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>Adafactor with given learning rates; the rows of a router share their second moments.</summary>
    Adafactor,
}

/// <summary>What a gradient's norm is taken over before it is limited.</summary>
public enum ClipScope
{
    /// <summary>
    /// Each prompt by itself, and each task's row of a router: one task's outlier leaves the others alone.
    /// </summary>
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

/// <summary>
/// How prompts are trained: warm-up and linear decay, learning rates by role, gradients clipped prompt by prompt.
/// </summary>
public sealed record TrainingSettings : ICheckedRecord
{
    /// <summary>Optimizer steps.</summary>
    [Range(1, 1 << 30)]
    public int Steps { get; set; } = 400;

    /// <summary>Examples of a step, B: in all, or of each task, as <c>batching</c> says.</summary>
    [Range(1, RunConfiguration.Largest)]
    public int Batch { get; set; } = 16;

    /// <summary>How the examples of several tasks share a step.</summary>
    public Batching Batching { get; set; }

    /// <summary>Optimizer.</summary>
    public OptimizerKind Optimizer { get; set; }

    /// <summary>Learning rates by the role of what they train.</summary>
    [JsonPropertyName("learningRate")]
    public LearningRates LearningRates { get; set; } = new();

    /// <summary>Share of the steps over which the learning rates rise from 0; over the rest they fall to 0.</summary>
    [Range(0.0, 1.0)]
    public double Warmup { get; set; } = 0.2;

    /// <summary>Largest norm of a gradient; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double Clip { get; set; } = 1;

    /// <summary>What the norm of <c>clip</c> is taken over.</summary>
    public ClipScope ClipScope { get; set; }

    /// <summary>Decoupled weight decay.</summary>
    [Range(0, 1e3)]
    public double WeightDecay { get; set; }

    /// <summary>Dropout of the frozen model while prompts are trained.</summary>
    /// <value>The default is the model's.</value>
    [Range(0, 0.999)]
    public double? Dropout { get; set; }

    /// <summary>
    /// Steps between evaluations on validation examples; 0 for none. With <c>patience</c> or <c>selection</c>, a tenth
    /// of the steps unless set.
    /// </summary>
    [Range(0, 1 << 30)]
    public int EvaluateEvery { get; set; }

    /// <summary>Evaluations without a better one after which training ends; 0 never ends it early.</summary>
    [Range(0, 1 << 30)]
    public int Patience { get; set; }

    /// <summary>Which prompts are kept: the last, or the best in evaluation.</summary>
    public PromptSelection Selection { get; set; }

    /// <summary>Steps between checkpoints; 0 leaves those at the end and when interrupted.</summary>
    [Range(0, 1 << 30)]
    public int CheckpointEvery { get; set; } = 50;

    /// <summary>
    /// Where a learning rate starts if nothing is said: 0.3 for prompts whose rows are trained themselves, in low rank
    /// or as a product; 0.05 for those that come out of a perceptron; 0.1 for routers; 0.001 for updates of embeddings;
    /// 0.0001 for the model.
    /// </summary>
    public static double DefaultLearningRate(ParameterRole role, PromptForm form = PromptForm.Full) => role switch
    {
        ParameterRole.Router => 0.1,
        ParameterRole.Update => 0.001,
        ParameterRole.Model => 0.0001,
        _ => form is PromptForm.Mlp or PromptForm.ResidualMlp ? 0.05 : 0.3,
    };

    /// <summary>
    /// The same with every learning rate a number: those left open take the default of their prompts' form.
    /// </summary>
    public TrainingSettings Resolve(PromptSettings prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        PromptForm target = prompt.Target?.Form.Form ?? PromptForm.Full;
        return this with
        {
            LearningRates = new LearningRates
            {
                Source = LearningRates.Source ?? DefaultLearningRate(ParameterRole.Source, prompt.Sources.Form.Form),
                Private = LearningRates.Private ?? DefaultLearningRate(ParameterRole.Private, prompt.Private.Form.Form),
                Target = LearningRates.Target ?? DefaultLearningRate(ParameterRole.Target, target),
                Router = LearningRate(ParameterRole.Router),
                Update = LearningRate(ParameterRole.Update),
                Model = LearningRate(ParameterRole.Model),
            },
        };
    }

    /// <summary>
    /// Learning rate of a role before the schedule; where it was left open, of rows trained themselves.
    /// </summary>
    public double LearningRate(ParameterRole role) => role switch
    {
        ParameterRole.Source => LearningRates.Source,
        ParameterRole.Private => LearningRates.Private,
        ParameterRole.Target => LearningRates.Target,
        ParameterRole.Router => LearningRates.Router,
        ParameterRole.Update => LearningRates.Update,
        _ => LearningRates.Model,
    } ?? DefaultLearningRate(role);

    void ICheckedRecord.Check(ConfigSection section)
    {
        bool looks = Selection == PromptSelection.Best || Patience > 0;
        if (!section.TryGet("evaluateEvery", out ConfigValue? every))
        {
            if (looks) EvaluateEvery = Math.Max(1, Steps / 10);
            return;
        }
        if (EvaluateEvery == 0 && looks)
            throw every.Wrong("1 at least, for the best step or the end is chosen by evaluations");
    }

    /// <summary>Refuses evaluations that would never come, and a scope of clipping where nothing is clipped.</summary>
    internal void CheckEffects(ConfigSection section)
    {
        if (Clip == 0 && ClipScope != default && section.TryGet("clipScope", out ConfigValue? scope))
            throw scope.Wrong("no clipScope beside \"clip\": 0, where it has no effect");
        if (EvaluateEvery > Steps && section.TryGet("evaluateEvery", out ConfigValue? every))
            throw every.Wrong($"{Steps} at most, the steps of the training");
    }
}

/// <summary>Learning rates by role; null where the default of the role or form holds.</summary>
public sealed record LearningRates
{
    /// <summary>Of source prompts that are trained; 0.05 where a perceptron makes their rows.</summary>
    [Range(0, 1e3)]
    public double? Source { get; set; }

    /// <summary>Of private prompts; 0.05 where a perceptron makes their rows.</summary>
    [Range(0, 1e3)]
    public double? Private { get; set; }

    /// <summary>Of added prompts beside routed private ones; 0.05 where a perceptron makes their rows.</summary>
    [Range(0, 1e3)]
    public double? Target { get; set; }

    /// <summary>Of the router.</summary>
    [Range(0, 1e3)]
    public double? Router { get; set; }

    /// <summary>Of DePT's update of the text's embeddings.</summary>
    [Range(0, 1e3)]
    public double? Update { get; set; }

    /// <summary>Of the model's own weights, in full fine-tuning.</summary>
    [Range(0, 1e3)]
    public double? Model { get; set; }
}
