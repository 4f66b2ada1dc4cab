using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>Rows that are not trained: what any other form collapses to.</summary>
internal sealed class FrozenPrompt(string name, Tensor rows) : IPromptRows
{
    private readonly Tensor _rows = TensorScope.Detach(rows);

    public string Name => name;

    public int Length => _rows.Rows;

    public IReadOnlyList<PromptParameter> Parameters => [];

    public Variable Rows(Tape tape) => Variable.Constant(_rows);

    public void Dispose() => _rows.Dispose();
}
