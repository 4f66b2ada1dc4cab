using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Routing;

/// <summary>Every column alike, untrained: 1/C where they are summed, 1 where each stands by itself (concatenation and pooling).</summary>
internal sealed class UniformRouter(MixingLayout layout) : IPromptRouter
{
    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters => [];

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <summary>The weight of every column.</summary>
    public double Weight => layout.Composition is CompositionKind.Average or CompositionKind.Sum or CompositionKind.Product ? 1.0 / layout.Columns : 1;

    /// <inheritdoc/>
    public bool IsPerExample(PromptContext context) => false;

    /// <inheritdoc/>
    public Variable Mix(Tape tape, Variable bank, PromptContext context, int[] rows, bool[] masked)
    {
        int[] columns = [.. Enumerable.Range(0, layout.Columns)];
        double[] weights = Array.ConvertAll(columns, _ => Weight);
        double[] matrix = layout.Spread(Array.ConvertAll(rows, task => new RouterRow(task, columns, columns, weights)), masked);
        return Variable.Constant(HostTensor.Create(tape.Backend, matrix, rows.Length * layout.BlocksOf(masked), layout.BankRows));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
