using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>Makes prompts of any form but the multiplicative one, which needs a shared prompt.</summary>
internal static class PromptForms
{
    /// <summary>Half the width of <see cref="PromptStart.Uniform"/>: the scale of a full prompt.</summary>
    private const double FullScale = 0.5;

    /// <summary>A prompt that starts from given rows; what is random is a function of the seed and the name.</summary>
    /// <exception cref="ArgumentException">The rank does not fit the prompt.</exception>
    public static IPromptRows Create(
        FormSettings settings, PromptIdentity identity, ReadOnlySpan<float> start, IBackend backend, ulong seed) => settings.Form switch
    {
        PromptForm.Full => new FullPrompt(identity, start, backend),
        PromptForm.LowRank => LowRank(settings, identity, start, backend, seed),
        PromptForm.Mlp or PromptForm.ResidualMlp => new PerceptronPrompt(identity, settings, start, backend, seed),
        _ => throw new ArgumentException($"The prompt '{identity.Name}' has the form {settings.Form}, expected one that stands alone.", nameof(settings)),
    };

    /// <summary>A low-rank update [T, H] that starts at zero.</summary>
    /// <exception cref="ArgumentException">The rank does not fit it.</exception>
    public static IPromptRows Update(PromptIdentity identity, int rank, IBackend backend, ulong seed)
    {
        CheckRank(rank, identity);
        return new LowRankPrompt(identity, rank, [], A(identity, rank, seed), new float[rank * identity.Width], backend);
    }

    /// <summary>The rank of a form, checked against the prompt's sizes.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static int RankOf(FormSettings settings, PromptIdentity identity)
    {
        int rank = settings.Rank ?? (settings.Form == PromptForm.Multiplicative ? 1 : Math.Min(4, Math.Min(identity.Length, identity.Width)));
        CheckRank(rank, identity);
        return rank;
    }

    private static LowRankPrompt LowRank(FormSettings settings, PromptIdentity identity, ReadOnlySpan<float> start, IBackend backend, ulong seed)
    {
        int rank = RankOf(settings, identity);
        // From a prompt, training begins exactly there. From nothing, A·B is as large as a full prompt that starts at random: each element sums r
        // products of variance 1/r times that of B.
        bool zero = !start.ContainsAnyExcept(0f);
        float[] b = zero ? FormValues.Uniform(Random(identity, "b", seed), rank * identity.Width, FullScale) : new float[rank * identity.Width];
        return new LowRankPrompt(identity, rank, zero ? [] : start, A(identity, rank, seed), b, backend);
    }

    private static float[] A(PromptIdentity identity, int rank, ulong seed)
        => FormValues.Gaussians(Random(identity, "a", seed), identity.Length * rank, 1 / Math.Sqrt(rank));

    private static CounterRandom Random(PromptIdentity identity, string part, ulong seed)
        => new(seed, RandomStreams.Of($"prompt factor {part}", identity.Name));

    private static void CheckRank(int rank, PromptIdentity identity)
    {
        if (rank >= 1 && rank <= Math.Min(identity.Length, identity.Width)) return;
        throw new ArgumentException(
            $"A rank of {rank} for the prompt '{identity.Name}' [{identity.Length}, {identity.Width}], "
            + $"expected 1 to {Math.Min(identity.Length, identity.Width)}.");
    }
}
