using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>
/// P* ∘ (U·V) with P* [P, H] shared by all tasks, U [P, r] and V [r, H] of one task (MPT, Wang et al. 2023).
/// </summary>
/// <remarks>
/// It starts at P* itself: the first column of U and row of V are ones, further columns of U small random numbers and
/// further rows of V zero. From small random numbers throughout, as one implementation has it, the prompt would start
/// at about 1/2,500 of P*.
/// </remarks>
internal sealed class MultiplicativePrompt : IPrompt
{
    private readonly IPrompt _shared;
    private readonly Variable _u;
    private readonly Variable _v;

    /// <summary>A task's prompt; <paramref name="shared"/> is not owned.</summary>
    /// <exception cref="ArgumentException">The rank does not fit the prompt.</exception>
    public MultiplicativePrompt(PromptIdentity identity, int? rank, IPrompt shared, IBackend backend, ulong seed)
    {
        Name = identity.Name;
        Length = identity.Length;
        _shared = shared;
        int r = LowRankPrompt.CheckRank(rank ?? 1, identity);
        CounterRandom random = new(seed, RandomStreams.Of("prompt factor", Name));
        float[] u = RandomValues.Gaussians(random, identity.Length * r, 0.02);
        float[] v = new float[r * identity.Width];
        for (int p = 0; p < identity.Length; p++) u[p * r] = 1;
        v.AsSpan(0, identity.Width).Fill(1);
        _u = Variable.Parameter(TensorData.FromSingles(backend, u, identity.Length, r));
        _v = Variable.Parameter(TensorData.FromSingles(backend, v, r, identity.Width));
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

/// <summary>
/// The prompt P* that the tasks' multiplicative prompts share. No run saves it: the tasks' prompts are products of it.
/// </summary>
internal sealed class SharedPrompt(FullPrompt prompt) : IPrompt
{
    public string Name => prompt.Name;

    public int Length => prompt.Length;

    public IReadOnlyList<PromptParameter> Parameters => prompt.Parameters;

    public Variable Rows(Tape tape) => prompt.Rows(tape);

    public IReadOnlyList<PromptPart> Save(Tape tape) => [];

    public void Dispose() => prompt.Dispose();
}
