using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Routing;

/// <summary>What decides how much of each source prompt is taken.</summary>
public enum RouterKind
{
    /// <summary>Nothing: there are no source prompts.</summary>
    None,

    /// <summary>Logits of each task, the same for all its examples.</summary>
    Task,

    /// <summary>ATTEMPT's attention of each example, its weights shared by all tasks.</summary>
    Attempt,
}

/// <summary>What the logits of a task start from.</summary>
public enum RouterStart
{
    /// <summary>Zeros: every source prompt alike.</summary>
    Zero,

    /// <summary><see cref="RouterSettings.Bias"/> for the source prompt that has the task's own name, else 0.</summary>
    Bias,

    /// <summary>
    /// z_s = −min(loss_s − min loss, 4), loss_s that of the frozen model behind source prompt s alone, on the task's
    /// training examples.
    /// </summary>
    Evidence,

    /// <summary>A saved <c>router.json</c>.</summary>
    File,

    /// <summary>
    /// What short trials of the training choose for each task: one source prompt, a mixture of two, or none, for which
    /// the router has a null column.
    /// </summary>
    Trials,
}

/// <summary>How logits become scores, and what differs between training and evaluation.</summary>
public enum RouterMode
{
    /// <summary>softmax(z / τ) in both, without noise.</summary>
    ConsistentSoftmax,

    /// <summary>
    /// Training: a relaxed Bernoulli sample of z, or σ(z) without sampling; evaluation: σ(z). One normaliser for both.
    /// </summary>
    ConsistentSigmoid,

    /// <summary>
    /// The authors' snapshot of March 2024: training normalises a relaxed Bernoulli sample, evaluation the raw logits.
    /// </summary>
    Faithful,
}

/// <summary>What makes weights of scores y, after the choice of columns.</summary>
public enum RouterNormaliser
{
    /// <summary>softmax(y).</summary>
    Softmax,

    /// <summary>σ(y).</summary>
    Sigmoid,

    /// <summary>y / Σ y.</summary>
    Sum,

    /// <summary>1 at the largest, else 0; no gradient.</summary>
    Max,

    /// <summary>y itself.</summary>
    None,
}

/// <summary>How the temperature goes over the steps.</summary>
public enum TemperatureSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>max(τ_min, τ₀ − r·step).</summary>
    Linear,

    /// <summary>max(τ_min, τ₀·e^(−r·step)).</summary>
    Exponential,
}

/// <summary>The router of a run.</summary>
public sealed record RouterSettings : ICheckedRecord
{
    /// <summary>Kind of router; set by the method.</summary>
    /// <value>The default is the method's.</value>
    public RouterKind Kind { get; set; } = RouterKind.Task;

    /// <summary>How logits become scores in training and evaluation.</summary>
    public RouterMode Mode { get; set; }

    /// <summary>Initial logits.</summary>
    public RouterStart Start { get; set; }

    /// <summary>Initial logit of the source prompt with the task's name.</summary>
    [Range(-1e3, 1e3), EffectiveWith("start", "bias")]
    public double Bias { get; set; } = 1;

    /// <summary>A saved <c>router.json</c>.</summary>
    /// <value>The default is none, required.</value>
    [FilePath, EffectiveWith("start", "file")]
    public string? File { get; set; }

    /// <summary>Whether the logits are trained.</summary>
    public bool Trained { get; set; } = true;

    /// <summary>
    /// Whether training draws relaxed Bernoulli samples; by default in the mode <see cref="RouterMode.Faithful"/>.
    /// </summary>
    [DefaultWith("mode", "faithful", "true"), DefaultWith("mode", "consistent-sigmoid", "false")]
    [EffectiveWith("mode", "consistent-sigmoid", "faithful", AllowsDefault = true)]
    public bool? Sampling { get; set; }

    /// <summary>Whether every row of a batch draws a sample, or every task one.</summary>
    /// <value>The default is row.</value>
    [JsonPropertyName("samplePer"), Words("task", "row"), EffectiveWith("sampling", "true")]
    public bool SamplePerRow { get; set; } = true;

    /// <summary>
    /// Temperature τ of softmax(z / τ), or of the samples at the first step; 5 in the mode
    /// <see cref="RouterMode.Faithful"/>.
    /// </summary>
    [Range(1e-3, 1e3), DefaultWith("mode", "faithful", "5")]
    public double Temperature { get; set; } = 1;

    /// <summary>
    /// Schedule of τ over the steps, which evaluation uses the last value of; linear in the mode
    /// <see cref="RouterMode.Faithful"/>.
    /// </summary>
    [DefaultWith("mode", "faithful", "\"linear\"")]
    public TemperatureSchedule Schedule { get; set; }

    /// <summary>Rate r of the schedule, per step.</summary>
    [Range(0, 1e3), EffectiveWith("schedule", "linear", "exponential")]
    public double AnnealRate { get; set; } = 0.02;

    /// <summary>Least temperature τ_min of the schedule.</summary>
    [Range(1e-4, 1e3), EffectiveWith("schedule", "linear", "exponential")]
    public double TemperatureFloor { get; set; } = 0.001;

    /// <summary>What turns scores into weights.</summary>
    /// <value>The default is the mode's: softmax, or none after a sigmoid.</value>
    public RouterNormaliser? Normaliser { get; set; }

    /// <summary>The same in evaluation.</summary>
    /// <value>The default is softmax.</value>
    [EffectiveWith("mode", "faithful")]
    public RouterNormaliser? EvaluationNormaliser { get; set; }

    /// <summary>Number of columns kept, those with the largest scores; 0 for all.</summary>
    [Range(0, RunConfiguration.Largest)]
    public int TopK { get; set; }

    /// <summary>Scores below it are dropped.</summary>
    /// <value>The default is none.</value>
    [Range(-1e3, 1e3)]
    public double? Threshold { get; set; }

    /// <summary>Width of ATTEMPT's bottleneck.</summary>
    [Range(1, RunConfiguration.Largest)]
    public int Bottleneck { get; set; } = 100;

    /// <summary>Temperature of ATTEMPT's scores.</summary>
    /// <value>The default is H·e, as in its configurations (2087 at H = 768).</value>
    [Range(1e-3, 1e9)]
    public double? AttemptTemperature { get; set; }

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (Start == RouterStart.File) section.Require("file", "a router.json");
    }
}
