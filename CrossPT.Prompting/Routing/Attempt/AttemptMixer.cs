using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing.Attempt;

/// <summary>
/// ATTEMPT's attention over prompts (Asai et al. 2022, the published configuration "sub"): x̂ is the largest of a text's embeddings, element by element,
/// h = LayerNorm(W_up·SiLU(W_down·x̂)), a = softmax(κ·h / τ) over the candidates, whose keys κ are the largest of their rows. Shared by all tasks.
/// </summary>
/// <remarks>The norm's weight and bias stay as they are, as in the published code, whose freezing rule passes them over.</remarks>
internal sealed class AttemptMixer : IPromptRouter
{
    private readonly int _sources;
    private readonly bool _hasPrivate;
    private readonly int _promptLength;
    private readonly double _temperature;

    /// <summary>A mixer whose weights start as PyTorch's linear layers: uniform in ±1/√inputs.</summary>
    /// <param name="settings">Bottleneck, temperature, and whether it is trained.</param>
    /// <param name="sources">S.</param>
    /// <param name="hasPrivate">Whether a task's own prompt is a candidate, the last.</param>
    /// <param name="promptLength">P.</param>
    /// <param name="width">H.</param>
    /// <param name="backend">Where it lives.</param>
    /// <param name="seed">The run's seed.</param>
    public AttemptMixer(RouterSettings settings, int sources, bool hasPrivate, int promptLength, int width, IBackend backend, ulong seed)
        : this(
            settings, sources, hasPrivate, promptLength, settings.Trained,
            TensorData.FromSingles(backend, Linear(seed, "down", settings.Bottleneck, width), settings.Bottleneck, width),
            TensorData.FromSingles(backend, Linear(seed, "up", width, settings.Bottleneck), width, settings.Bottleneck),
            TensorData.FromSingles(backend, [.. Enumerable.Repeat(1f, width)], width), TensorData.FromSingles(backend, new float[width], width))
    {
    }

    /// <summary>A mixer of given weights: down [r, H], up [H, r], norm [H] and bias [H]; owned from now on.</summary>
    public AttemptMixer(
        RouterSettings settings, int sources, bool hasPrivate, int promptLength, bool trained, Tensor down, Tensor up, Tensor norm, Tensor bias,
        bool normTrained = false)
    {
        (_sources, _hasPrivate, _promptLength) = (sources, hasPrivate, promptLength);
        _temperature = settings.AttemptTemperature ?? down.Columns * Math.E;
        Down = Leaf(down, trained);
        Up = Leaf(up, trained);
        NormWeight = Leaf(norm, normTrained);
        NormBias = Leaf(bias, normTrained);
        (string, Variable)[] all = [(DownName, Down), (UpName, Up), (NormWeightName, NormWeight), (NormBiasName, NormBias)];
        Parameters =
        [
            .. all.Where(static one => one.Item2.RequiresGradient).Select(static one => new PromptParameter(one.Item1, one.Item2, ParameterRole.Router, "router")),
        ];
    }

    public const string DownName = "router.down", UpName = "router.up", NormWeightName = "router.norm.weight", NormBiasName = "router.norm.bias";

    /// <summary>W_down [r, H].</summary>
    public Variable Down { get; }

    /// <summary>W_up [H, r].</summary>
    public Variable Up { get; }

    /// <summary>The norm's weight [H].</summary>
    public Variable NormWeight { get; }

    /// <summary>The norm's bias [H].</summary>
    public Variable NormBias { get; }

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <inheritdoc/>
    public bool ReadsTexts => true;

    /// <inheritdoc/>
    public bool IsPerExample(PromptContext context) => true;

    /// <inheritdoc/>
    public Variable Mix(Tape tape, Variable bank, PromptContext context, int[] rows, bool[] masked)
    {
        if (context.Texts is null || context.TextOffsets is null)
        {
            throw new ArgumentException(
                "AttemptMixer: no texts, expected those of every example.", nameof(context));
        }
        int width = Down.Value.Columns, prompts = bank.Value.Rows;
        Variable pooled = tape.MaxRows(context.Texts, context.TextOffsets);                                             // [B, H]
        Variable inner = tape.Activate(tape.Linear(pooled, Down), Activation.Silu);                                                          // [B, r]
        Variable query = tape.LayerNorm(tape.Linear(inner, Up), NormWeight, NormBias);                                  // [B, H]
        Variable keys = tape.MaxRows(tape.Reshape(bank, prompts * _promptLength, width), SequenceOffsets.Uniform(prompts, _promptLength));
        Variable scores = tape.Product(query, keys, transposeB: true);                                                  // [B, S (+ K)]
        int[][] columns = Array.ConvertAll(rows, task => (int[])[.. Enumerable.Range(0, _sources), .. _hasPrivate ? [_sources + task] : Array.Empty<int>()]);
        return tape.OwnSoftmax(scores, columns, masked, _temperature);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Down.Dispose();
        Up.Dispose();
        NormWeight.Dispose();
        NormBias.Dispose();
    }

    private static float[] Linear(ulong seed, string name, int outputs, int inputs)
        => FormValues.Uniform(new CounterRandom(seed, RandomStreams.Of("attempt", name)), outputs * inputs, 1 / Math.Sqrt(inputs));

    private static Variable Leaf(Tensor value, bool trained) => trained ? Variable.Parameter(value) : Variable.Constant(TensorScope.Detach(value));
}
