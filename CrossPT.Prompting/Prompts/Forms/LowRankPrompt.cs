using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>P₀ + A·B: P₀ [P, H] frozen, A [P, r] and B [r, H] trained, r·(P + H) numbers. ∂A = G·Bᵀ, ∂B = Aᵀ·G.</summary>
internal sealed class LowRankPrompt : IPromptRows
{
    private readonly Tensor? _origin;
    private readonly Variable _a;
    private readonly Variable _b;

    /// <summary>A prompt from its factors; without an origin, P₀ is zero.</summary>
    public LowRankPrompt(PromptIdentity identity, int rank, ReadOnlySpan<float> origin, ReadOnlySpan<float> a, ReadOnlySpan<float> b, IBackend backend)
    {
        (Name, Length) = (identity.Name, identity.Length);
        if (!origin.IsEmpty) _origin = TensorScope.Detach(TensorData.FromSingles(backend, origin, identity.Length, identity.Width));
        _a = Variable.Parameter(TensorData.FromSingles(backend, a, identity.Length, rank));
        _b = Variable.Parameter(TensorData.FromSingles(backend, b, rank, identity.Width));
        Parameters = [identity.Parameter("a", _a), identity.Parameter("b", _b)];
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public Variable Rows(Tape tape)
    {
        Variable update = tape.Product(_a, _b);
        return _origin is null ? update : tape.Add(update, Variable.Constant(_origin));
    }

    public void Dispose()
    {
        _origin?.Dispose();
        _a.Dispose();
        _b.Dispose();
    }
}
