using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>P* ∘ (U·V) with P* [P, H] shared by all tasks, U [P, r] and V [r, H] of one task (MPT, Wang et al. 2023).</summary>
/// <remarks>
/// It starts at P* itself: the first column of U and row of V are ones, further columns of U small random numbers and further rows of V zero. From
/// small random numbers throughout, as one implementation has it, the prompt would start at about 1/2,500 of P*.
/// </remarks>
internal sealed class MultiplicativePrompt : IPromptRows
{
    private readonly IPromptRows _shared;
    private readonly Variable _u;
    private readonly Variable _v;

    /// <summary>A task's prompt; <paramref name="shared"/> is not owned.</summary>
    public MultiplicativePrompt(PromptIdentity identity, int rank, IPromptRows shared, IBackend backend, ulong seed)
    {
        (Name, Length, _shared) = (identity.Name, identity.Length, shared);
        CounterRandom random = new(seed, RandomStreams.Of("prompt factor", Name));
        float[] u = FormValues.Gaussians(random, identity.Length * rank, 0.02), v = new float[rank * identity.Width];
        for (int p = 0; p < identity.Length; p++) u[p * rank] = 1;
        v.AsSpan(0, identity.Width).Fill(1);
        _u = Variable.Parameter(TensorData.FromSingles(backend, u, identity.Length, rank));
        _v = Variable.Parameter(TensorData.FromSingles(backend, v, rank, identity.Width));
        Parameters = [identity.Parameter("u", _u), identity.Parameter("v", _v)];
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public Variable Rows(Tape tape) => tape.Multiply(_shared.Rows(tape), tape.Product(_u, _v));

    public void Dispose()
    {
        _u.Dispose();
        _v.Dispose();
    }
}
