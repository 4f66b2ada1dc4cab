using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>
/// P₀ + A·B: P₀ [P, H] frozen, A [P, r] and B [r, H] trained, r·(P + H) numbers. ∂A = G·Bᵀ, ∂B = Aᵀ·G.
/// </summary>
internal sealed class LowRankPrompt : IPrompt
{
    /// <summary>Bound of the uniform numbers that a full prompt starts from.</summary>
    private const double FullScale = 0.5;

    private readonly Tensor? _origin;
    private readonly Variable _a;
    private readonly Variable _b;

    /// <summary>A prompt from its factors; without an origin, P₀ is zero.</summary>
    public LowRankPrompt(
        PromptIdentity identity, int rank, ReadOnlySpan<float> origin, ReadOnlySpan<float> a, ReadOnlySpan<float> b,
        IBackend backend)
    {
        Name = identity.Name;
        Length = identity.Length;
        if (!origin.IsEmpty)
            _origin = TensorScope.Detach(TensorData.FromSingles(backend, origin, identity.Length, identity.Width));
        _a = Variable.Parameter(TensorData.FromSingles(backend, a, identity.Length, rank));
        _b = Variable.Parameter(TensorData.FromSingles(backend, b, rank, identity.Width));
        Parameters = [identity.Parameter("a", _a), identity.Parameter("b", _b)];
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>
    /// A prompt that starts exactly at the rows <paramref name="start"/>; where these are zeros, A·B is as large as a
    /// full prompt that starts at random: each element sums r products of variance 1/r times that of B.
    /// </summary>
    /// <exception cref="ArgumentException">The rank does not fit the prompt.</exception>
    public static LowRankPrompt From(
        PromptIdentity identity, int? rank, ReadOnlySpan<float> start, IBackend backend, ulong seed)
    {
        int r = CheckRank(rank ?? Math.Min(4, Math.Min(identity.Length, identity.Width)), identity);
        bool zero = !start.ContainsAnyExcept(0f);
        float[] b = zero
            ? RandomValues.Uniform(Random(identity, "b", seed), r * identity.Width, FullScale)
            : new float[r * identity.Width];
        return new LowRankPrompt(identity, r, zero ? [] : start, StartOfA(identity, r, seed), b, backend);
    }

    /// <summary>An update that starts at zero: P₀ = 0 and B = 0.</summary>
    /// <exception cref="ArgumentException">The rank does not fit it.</exception>
    public static LowRankPrompt Update(PromptIdentity identity, int rank, IBackend backend, ulong seed)
    {
        CheckRank(rank, identity);
        float[] b = new float[rank * identity.Width];
        return new LowRankPrompt(identity, rank, [], StartOfA(identity, rank, seed), b, backend);
    }

    /// <summary>The rank, if the prompt has so many rows and columns.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static int CheckRank(int rank, PromptIdentity identity)
    {
        int largest = Math.Min(identity.Length, identity.Width);
        if (rank >= 1 && rank <= largest) return rank;
        throw new ArgumentException(
            $"A rank of {rank} for the prompt '{identity.Name}' [{identity.Length}, {identity.Width}], "
            + $"expected 1 to {largest}.");
    }

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

    private static float[] StartOfA(PromptIdentity identity, int rank, ulong seed)
        => RandomValues.Gaussians(Random(identity, "a", seed), identity.Length * rank, 1 / Math.Sqrt(rank));

    private static CounterRandom Random(PromptIdentity identity, string factor, ulong seed)
        => new(seed, RandomStreams.Of($"prompt factor {factor}", identity.Name));
}
