using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>The rows themselves: P·H numbers (Lester et al. 2021).</summary>
internal sealed class FullPrompt : IPrompt
{
    private readonly Variable _rows;

    public FullPrompt(PromptIdentity identity, ReadOnlySpan<float> start, IBackend backend)
    {
        Name = identity.Name;
        Length = identity.Length;
        _rows = Variable.Parameter(TensorData.FromSingles(backend, start, identity.Length, identity.Width));
        Parameters = [new PromptParameter(Name, _rows, identity.Role, Name)];
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public Variable Rows(Tape tape) => _rows;

    public void Dispose() => _rows.Dispose();
}

/// <summary>Rows that are not trained: what any other form comes to.</summary>
internal sealed class FrozenPrompt(string name, Tensor rows) : IPrompt
{
    private readonly Tensor _rows = TensorScope.Detach(rows);

    public string Name => name;

    public int Length => _rows.Rows;

    public IReadOnlyList<PromptParameter> Parameters => [];

    public Variable Rows(Tape tape) => Variable.Constant(_rows);

    public void Dispose() => _rows.Dispose();
}
