using CrossPT.Autograd;

namespace CrossPT.Prompting.Composition;

/// <summary>What part a parameter plays: each has its own learning rate.</summary>
public enum ParameterRole
{
    /// <summary>A prompt shared by all tasks.</summary>
    Source,

    /// <summary>A prompt of one task's own.</summary>
    Private,

    /// <summary>A prompt of one task's own that is added beside a routed private one.</summary>
    Target,

    /// <summary>What decides how much of each source prompt a task or an example takes.</summary>
    Router,

    /// <summary>A low-rank update of the embeddings of the text, DePT's.</summary>
    Update,

    /// <summary>A weight of the model itself, in full fine-tuning.</summary>
    Model,
}

/// <summary>A trained parameter and the part it plays.</summary>
/// <param name="Name">Unique in a run; checkpoints use it.</param>
/// <param name="Variable">The leaf.</param>
/// <param name="Role">The part it plays.</param>
/// <param name="ClipGroup">Parameters of one group are clipped by their common norm: those of one prompt. Null stands for the parameter alone.</param>
public sealed record PromptParameter(string Name, Variable Variable, ParameterRole Role, string? ClipGroup = null);

/// <summary>Target prompts that are being trained. A method of prompt tuning is one of these.</summary>
public interface ITrainablePrompts : ITargetPrompts
{
    /// <summary>What is trained.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }
}
