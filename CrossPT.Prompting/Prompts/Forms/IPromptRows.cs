using CrossPT.Autograd;
using CrossPT.Prompting.Composition;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>A prompt in the form it is trained in, or frozen; whatever the form, it comes to rows [P, H].</summary>
internal interface IPromptRows : IDisposable
{
    /// <summary>What files and checkpoints call it.</summary>
    string Name { get; }

    /// <summary>Rows, P.</summary>
    int Length { get; }

    /// <summary>What is trained; empty where it is frozen.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>The rows [P, H].</summary>
    Variable Rows(Tape tape);
}

/// <summary>What a prompt is, apart from its form and values.</summary>
/// <param name="Name">Unique in a run; its parameters' names begin with it, and they are clipped together.</param>
/// <param name="Role">The part its parameters play.</param>
/// <param name="Length">P.</param>
/// <param name="Width">H.</param>
internal sealed record PromptIdentity(string Name, ParameterRole Role, int Length, int Width)
{
    /// <summary>The parameter <c>name.part</c>.</summary>
    public PromptParameter Parameter(string part, Variable variable) => new($"{Name}.{part}", variable, Role, Name);
}
