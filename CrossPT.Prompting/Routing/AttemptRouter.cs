using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// ATTEMPT's attention of an example over prompts (Asai et al. 2022, the published configuration "sub"), shared by all
/// tasks:
/// <code>
/// x̂ = largest of the text's embeddings, element by element       h = LayerNorm(W_up · SiLU(W_down · x̂))
/// κ = largest of a prompt's rows, element by element              a = softmax(κ · h / τ) over the candidates
/// </code>
/// </summary>
/// <remarks>The norm's weight and bias stay as they are, as in the published code, whose freezing rule passes them
/// over.</remarks>
internal sealed class AttemptRouter : ILayer
{
    public const string DownName = "router.down";
    public const string UpName = "router.up";
    public const string NormWeightName = "router.norm.weight";
    public const string NormBiasName = "router.norm.bias";

    private readonly Variable _down;
    private readonly Variable _up;
    private readonly Variable _normWeight;
    private readonly Variable _normBias;
    private readonly double _temperature;

    /// <summary>A router of given weights, owned from now on.</summary>
    /// <param name="down">W_down [r, H].</param>
    /// <param name="up">W_up [H, r].</param>
    /// <param name="normWeight">The norm's weight [H].</param>
    /// <param name="normBias">The norm's bias [H].</param>
    /// <param name="temperature">τ; null for H·e, as the published configurations have it (2087 at H = 768).</param>
    public AttemptRouter(Variable down, Variable up, Variable normWeight, Variable normBias, double? temperature)
    {
        _down = down;
        _up = up;
        _normWeight = normWeight;
        _normBias = normBias;
        _temperature = temperature ?? down.Value.Columns * Math.E;
        Parameters = [.. Named().Where(static one => one.Variable.RequiresGradient)];
    }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>First values of a linear layer, as PyTorch's: uniform in ±1/√inputs.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="name"><c>down</c> or <c>up</c>.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    public static float[] StartOf(ulong seed, string name, int outputs, int inputs)
    {
        CounterRandom random = new(seed, RandomStreams.Of("attempt", name));
        return RandomValues.Uniform(random, outputs * inputs, 1 / Math.Sqrt(inputs));
    }

    /// <summary>The attention of B examples: [B, C], each over its own C candidates.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="bank">All prompts that are a candidate of some example [M, P·H].</param>
    /// <param name="candidates">The C rows of the bank that each example may attend to, B·C.</param>
    /// <param name="context">The batch, with its texts.</param>
    /// <exception cref="ArgumentException">The texts are missing.</exception>
    public RouterWeights Weights(Tape tape, Variable bank, int[] candidates, PromptContext context)
    {
        if (context.Texts is null || context.TextOffsets is null)
            throw new ArgumentException("AttemptRouter: no texts, expected those of every example.", nameof(context));
        int width = _down.Value.Columns, prompts = bank.Value.Rows, length = bank.Value.Columns / width;
        Variable pooled = tape.MaxRows(context.Texts, context.TextOffsets);                                 // [B, H]
        Variable inner = tape.Activate(tape.Linear(pooled, _down), Activation.Silu);                        // [B, r]
        Variable query = tape.LayerNorm(tape.Linear(inner, _up), _normWeight, _normBias);                   // [B, H]
        Variable rows = tape.Reshape(bank, prompts * length, width);
        Variable keys = tape.MaxRows(rows, SequenceOffsets.Uniform(prompts, length));                       // [M, H]
        Variable scores = tape.Product(query, keys, transposeB: true);                                      // [B, M]
        int examples = context.Tasks.Count, columns = candidates.Length / examples;
        int[] places = new int[candidates.Length];
        for (int i = 0; i < places.Length; i++) places[i] = (i / columns * prompts) + candidates[i];
        Variable own = tape.PlaceElements(tape.Allocate(examples, columns), scores, places);                // [B, C]
        return new RouterWeights(tape.Softmax(own, _temperature));
    }

    public IReadOnlyList<PromptPart> Save(Tape tape)
        => [.. Named().Select(static one => new PromptPart(one.Name, one.Variable.Value.Share()))];

    public void Dispose()
    {
        _down.Dispose();
        _up.Dispose();
        _normWeight.Dispose();
        _normBias.Dispose();
    }

    private PromptParameter[] Named() =>
    [
        new(DownName, _down, ParameterRole.Router, "router"),
        new(UpName, _up, ParameterRole.Router, "router"),
        new(NormWeightName, _normWeight, ParameterRole.Router, "router"),
        new(NormBiasName, _normBias, ParameterRole.Router, "router"),
    ];
}
