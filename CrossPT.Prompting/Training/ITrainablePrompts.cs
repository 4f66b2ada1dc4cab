using CrossPT.Autograd;

namespace CrossPT.Prompting.Training;

/// <summary>What part a parameter plays: each has its own learning rate.</summary>
public enum ParameterRole
{
    /// <summary>A prompt of one task's own.</summary>
    Private,

    /// <summary>What decides how much of each source prompt a task takes.</summary>
    Router,
}

/// <summary>A trained parameter and the part it plays.</summary>
/// <param name="Name">Unique in a run; checkpoints use it.</param>
/// <param name="Variable">The leaf.</param>
/// <param name="Role">The part it plays.</param>
public sealed record PromptParameter(string Name, Variable Variable, ParameterRole Role);

/// <summary>
/// What a trainer trains: parameters, and how a target prompt for every task comes out of them. A method of prompt tuning is an implementation.
/// </summary>
public interface ITrainablePrompts : IDisposable
{
    /// <summary>Names of the tasks, in the order of their rows; K.</summary>
    IReadOnlyList<string> Tasks { get; }

    /// <summary>Rows of a target prompt, P.</summary>
    int Length { get; }

    /// <summary>Width of a row, H.</summary>
    int Width { get; }

    /// <summary>What is trained.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>The target prompts of all tasks [K·P, H], those of the first task first.</summary>
    Variable Compose(Tape tape);
}
