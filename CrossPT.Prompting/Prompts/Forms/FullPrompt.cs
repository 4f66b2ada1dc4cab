using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>The rows themselves: P·H numbers (Lester et al. 2021).</summary>
internal sealed class FullPrompt : IPromptRows
{
    private readonly Variable _rows;

    public FullPrompt(PromptIdentity identity, ReadOnlySpan<float> start, IBackend backend)
    {
        (Name, Length) = (identity.Name, identity.Length);
        _rows = Variable.Parameter(TensorData.FromSingles(backend, start, identity.Length, identity.Width));
        Parameters = [new PromptParameter(Name, _rows, identity.Role, Name)];
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public Variable Rows(Tape tape) => _rows;

    public void Dispose() => _rows.Dispose();
}
