using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts;

/// <summary>The role of a parameter; each has its own learning rate.</summary>
public enum ParameterRole
{
    /// <summary>A prompt shared by all tasks.</summary>
    Source,

    /// <summary>A task's own prompt.</summary>
    Private,

    /// <summary>A task's own prompt that is added beside a routed private one.</summary>
    Target,

    /// <summary>What decides how much of each source prompt a task or an example takes.</summary>
    Router,

    /// <summary>A low-rank update of the embeddings of the text, DePT's.</summary>
    Update,

    /// <summary>A weight of the model itself, in full fine-tuning.</summary>
    Model,
}

/// <summary>A trained parameter.</summary>
/// <param name="Name">Unique in a run; checkpoints use it.</param>
/// <param name="Variable">The leaf.</param>
/// <param name="Role">Its role.</param>
/// <param name="ClipGroup">Parameters of one group, those of one prompt, are clipped by their common norm; null for the
/// parameter alone.</param>
public sealed record PromptParameter(string Name, Variable Variable, ParameterRole Role, string? ClipGroup = null);

/// <summary>A part of a method's prompts as a run saves it.</summary>
/// <param name="Name">
/// <c>source.NAME</c>, <c>private.TASK</c>, <c>added.TASK</c> [P, H], <c>update.TASK</c> [T, H], <c>router.…</c>,
/// <c>share.…</c>.
/// </param>
/// <param name="Value">The numbers, of the compute type.</param>
public sealed record PromptPart(string Name, Tensor Value);

/// <summary>
/// A layer of a method: a prompt, a router, a combiner. It knows its parameters and what a run must save of it.
/// </summary>
internal interface ILayer : IDisposable
{
    /// <summary>The trained parameters; empty where it is frozen.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>The saved parts: a layer restored from them composes to the same bits.</summary>
    IReadOnlyList<PromptPart> Save(Tape tape);
}

/// <summary>A prompt in the form it is trained in, or frozen; any form comes to rows [P, H].</summary>
internal interface IPrompt : ILayer
{
    /// <summary>Its name in files and checkpoints.</summary>
    string Name { get; }

    /// <summary>Rows, P.</summary>
    int Length { get; }

    /// <summary>The rows [P, H].</summary>
    Variable Rows(Tape tape);

    /// <summary>The rows: no form needs to be known again.</summary>
    IReadOnlyList<PromptPart> ILayer.Save(Tape tape) => [new PromptPart(Name, Rows(tape).Value.Share())];
}

/// <summary>What a prompt is, apart from its form and values.</summary>
/// <param name="Name">Unique in a run; its parameters' names begin with it, and they are clipped together.</param>
/// <param name="Role">The role of its parameters.</param>
/// <param name="Length">P.</param>
/// <param name="Width">H.</param>
internal sealed record PromptIdentity(string Name, ParameterRole Role, int Length, int Width)
{
    /// <summary>The parameter <c>name.part</c>.</summary>
    public PromptParameter Parameter(string part, Variable variable) => new($"{Name}.{part}", variable, Role, Name);
}

/// <summary>Prompts of one size as rows of a matrix.</summary>
internal static class PromptStack
{
    /// <summary>[prompts, P·H]: each prompt one row, so that all weighted sums of them are one product.</summary>
    public static Variable Stack(this Tape tape, IReadOnlyList<IPrompt> prompts)
    {
        Variable[] rows = new Variable[prompts.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            Variable prompt = prompts[i].Rows(tape);
            rows[i] = tape.Reshape(prompt, 1, (int)prompt.Value.Length);
        }
        return tape.ConcatenateRows(rows);
    }

    /// <summary>Zeros [rows, columns] in place of prompts that are left out.</summary>
    public static Variable Zeros(this Tape tape, int rows, int columns)
    {
        Tensor zeros = tape.Allocate(rows, columns);
        tape.Backend.Elementwise.Fill(zeros, 0);
        return Variable.Constant(zeros);
    }
}
