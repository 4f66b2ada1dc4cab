using CrossPT.Autograd;
using CrossPT.Prompting.Composition;

namespace CrossPT.Prompting.Routing;

/// <summary>Decides how much of each prompt of a bank every composed prompt takes.</summary>
internal interface IPromptRouter : IDisposable
{
    /// <summary>What is trained.</summary>
    IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>Whether the text of each example is read.</summary>
    bool ReadsTexts { get; }

    /// <summary>Whether examples of one task differ in weights here; otherwise there is one row a task.</summary>
    bool IsPerExample(PromptContext context);

    /// <summary>The matrix [n·blocks, bank] that makes the composed prompts of n rows of the bank [bank, P·H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="bank">The S source prompts, then the K private ones where they are columns [bank, P·H].</param>
    /// <param name="context">The batch.</param>
    /// <param name="rows">The task of each of the n rows.</param>
    /// <param name="masked">The columns left out, by column.</param>
    Variable Mix(Tape tape, Variable bank, PromptContext context, int[] rows, bool[] masked);
}
