using System.Globalization;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>The layout found in a file: its prompts, and the one meant when none is named.</summary>
/// <param name="Candidates">The prompts by name.</param>
/// <param name="Default">The one that is meant when none is named; null where that is open.</param>
/// <param name="Contents">The file's contents, for messages: <c>holds 2 tensors (a [4, 2], b [4, 2])</c>.</param>
/// <param name="AreAllPrompts">Whether the file says that each is a prompt, rather than any matrix being taken for
/// one.</param>
internal sealed record PromptFileForm(
    IReadOnlyList<PromptCandidate> Candidates, PromptCandidate? Default, string Contents, bool AreAllPrompts)
{
    /// <summary>Begins the names of a run's prompts that prediction uses.</summary>
    public const string Target = "target.";

    /// <summary>
    /// Prompts in one tensor, or tasks in one adapter, at most: more than anyone tuned, few enough to list.
    /// </summary>
    public const int MostPrompts = 1024;

    private const string OpenPromptMixed = "soft_embedding.weight";

    // Under which a model's input embeddings, or its head, are saved beside a prompt.
    private static readonly string[] s_vocabularies =
    [
        "raw_embedding.weight", "word_embeddings.weight", "word_embedding.weight", "shared.weight",
        "embed_tokens.weight", "wte.weight", "model_embeddings.weight", "model_embs.weight", "lm_head.weight",
    ];

    private static readonly string[] s_runPrompts = [Target, "private.", "source."];

    /// <summary>Tells the form by the names and shapes of the tensors.</summary>
    /// <exception cref="TensorFileException">There is no tensor, or one has the place of a prompt and is
    /// none.</exception>
    public static PromptFileForm Find(ITensorSource source, EncoderActivation activation)
    {
        if (source.Entries.Count == 0)
            throw new TensorFileException(source.Path, "holds no tensor, expected a prompt [P, H]");
        (IReadOnlyList<TensorEntry> entries, string[] notes) = WithoutVocabulary(source);
        PromptFileForm form = Find(source, entries, activation);
        return notes.Length == 0 ? form : form.With(notes);
    }

    /// <summary>
    /// The tensors beside a model's vocabulary, which other tools save with a prompt, and what is to be said of it.
    /// </summary>
    /// <exception cref="TensorFileException">There is nothing beside it.</exception>
    public static (IReadOnlyList<TensorEntry> Entries, string[] Notes) WithoutVocabulary(ITensorSource source)
    {
        TensorEntry[] tables = [.. source.Entries.Where(IsVocabulary)];
        if (tables.Length == 0) return (source.Entries, []);
        if (tables.Length == source.Entries.Count)
        {
            string found = Describe(source.Entries);
            throw new TensorFileException(source.Path, $"{found}, a model's vocabulary, expected a prompt [P, H]");
        }
        string[] notes = Array.ConvertAll(
            tables, static table => $"{PromptNames.Show(table.Name)}, the model's own vocabulary, is left out");
        return ([.. source.Entries.Except(tables)], notes);
    }

    /// <summary>The same form, with something more to say of every prompt.</summary>
    public PromptFileForm With(params string[] notes)
    {
        PromptCandidate[] prompts =
            [.. Candidates.Select(candidate => candidate with { Notes = [.. candidate.Notes, .. notes] })];
        int chosen = Default is null ? -1 : Array.FindIndex(prompts, candidate => candidate.Name == Default.Name);
        return this with { Candidates = prompts, Default = chosen < 0 ? null : prompts[chosen] };
    }

    private static PromptFileForm Find(
        ITensorSource source, IReadOnlyList<TensorEntry> entries, EncoderActivation activation)
    {
        if (entries.Any(static entry => entry.Name.StartsWith(Target, StringComparison.Ordinal))) return OfRun(source);
        if (source.TryGet(MultitaskPrompt.Columns, out _))
            return MultitaskPrompt.Find(source, static rows => (rows, null));
        if (EncoderPrompt.Fits(entries)) return Single(EncoderPrompt.Find(source, activation));
        if (entries.Count == 1)
        {
            TensorEntry only = entries[0];
            if (IsNamed(only.Name, OpenPromptMixed)) return Single(OfMixedTemplate(source, only));
            if (only.Shape.Rank == 3) return Stacked(source, only);
            PromptFileForm form = Single(PromptCandidate.Of(source, only));
            return only.Name == PeftAdapter.Prompt ? form.With(PeftAdapter.NoConfig) : form;
        }
        PromptCandidate[] matrices = [.. entries.Where(IsMatrix).Select(entry => PromptCandidate.Of(source, entry))];
        return new PromptFileForm(matrices, null, Describe(entries), AreAllPrompts: false);
    }

    /// <summary>OpenPrompt's mixed template marks tokens that are not soft by row 0, which no input reads.</summary>
    private static PromptCandidate OfMixedTemplate(ITensorSource source, TensorEntry entry)
    {
        PromptCandidate all = PromptCandidate.Of(source, entry);
        string name = PromptNames.Show(entry.Name);
        if (entry.Shape[0] == 1)
        {
            throw new TensorFileException(
                source.Path, $"holds {name} of one row, which stands for tokens that are not soft, expected more");
        }
        return all with
        {
            Read = () => all.Read()[all.Width..],
            Notes =
            [
                $"row 0 of {name}, which OpenPrompt's mixed template keeps for tokens that are not soft, is left out",
            ],
        };
    }

    private static bool IsVocabulary(TensorEntry entry) =>
        entry.Shape.Rank == 2 && Array.Exists(s_vocabularies, one => IsNamed(entry.Name, one));

    // Alone or as a module's: soft_embedding.weight, template.soft_embedding.weight.
    private static bool IsNamed(string name, string last) =>
        name == last || name.EndsWith($".{last}", StringComparison.Ordinal);

    /// <summary>A form of one prompt.</summary>
    public static PromptFileForm Single(PromptCandidate prompt) => new([prompt], prompt, "", AreAllPrompts: true);

    /// <summary>A form of prompts that go by number.</summary>
    public static PromptFileForm Numbered(IReadOnlyList<PromptCandidate> prompts, string contents) =>
        new(prompts, prompts.Count == 1 ? prompts[0] : null, contents, AreAllPrompts: true);

    /// <summary>The tensors of a file, for messages.</summary>
    public static string Describe(IReadOnlyList<TensorEntry> entries) =>
        $"holds {entries.Count} tensor{(entries.Count == 1 ? "" : "s")} ({PromptNames.List(entries)})";

    private static bool IsMatrix(TensorEntry entry) =>
        entry.Shape.Rank == 2 && entry.Shape.Length > 0 && entry.DType.IsFloatingPoint();

    private static PromptFileForm OfRun(ITensorSource source)
    {
        PromptCandidate[] prompts =
        [
            .. source.Entries.Where(static entry => IsPrompt(entry.Name))
                .Select(entry => PromptCandidate.Of(source, entry)),
        ];
        PromptCandidate[] targets = Array.FindAll(
            prompts, static prompt => prompt.Name.StartsWith(Target, StringComparison.Ordinal));
        string contents =
            $"holds the prompts of a run ({PromptNames.List([.. prompts.Select(static prompt => prompt.Name)])})";
        return new PromptFileForm(prompts, targets.Length == 1 ? targets[0] : null, contents, AreAllPrompts: true);

        static bool IsPrompt(string name) =>
            Array.Exists(s_runPrompts, kind => name.StartsWith(kind, StringComparison.Ordinal));
    }

    /// <summary>[K, P, H]: as ATTEMPT saves the prompts of several tasks.</summary>
    private static PromptFileForm Stacked(ITensorSource source, TensorEntry entry)
    {
        PromptCandidate.Require(source, entry, rank: 3);
        int count = entry.Shape[0];
        int width = entry.Shape[2];
        int length = checked((int)Math.Min(int.MaxValue, (long)entry.Shape[1] * width));
        if (count > MostPrompts)
            throw new TensorFileException(
                source.Path, $"holds {PromptNames.Show(entry)}, expected at most {MostPrompts} prompts");
        Lazy<float[]> all = new(() => source.ReadSingles(entry.Name));
        return Numbered(
            [.. Enumerable.Range(0, count)
                .Select(
                    i => new PromptCandidate(
                        $"{i}", width, entry.DType, () => all.Value.AsSpan(i * length, length).ToArray()))],
            $"holds {count} prompts ({PromptNames.Show(entry)}), 0 to {count - 1}");
    }
}

/// <summary>The activation of a prompt encoder's MLP, which its file does not record.</summary>
public enum EncoderActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x), with the normal distribution function itself, not its tanh approximation.</summary>
    Gelu,
}

/// <summary>Values of the activations.</summary>
internal static class EncoderActivations
{
    public static double Apply(this EncoderActivation activation, double x) =>
        activation == EncoderActivation.Relu ? Math.Max(x, 0) : x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>
    /// erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), Abramowitz and Stegun 7.1.6: all terms have one sign, so
    /// no digit is lost.
    /// </summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6) return Math.Sign(x); // 1 − erf(6) is 2e-17
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++) sum += term *= 2 * x * x / ((2 * n) + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}

/// <summary>
/// The state of a prompt encoder as CrossPT saves it: an embedding [P, H], alone or before an MLP, W₂·φ(W₁·E + b₁) +
/// b₂, which is evaluated here: the prompt it gives is all that prediction needs (puraminy/ATTEMPT,
/// <c>encoders.py</c>).
/// </summary>
internal static class EncoderPrompt
{
    private const string Embedding = "embedding.weight", Mlp = "mlp.";

    // Beyond any encoder by a factor of a hundred; a file that asks for more would compute for minutes.
    private const double MostOperations = 2e10;

    // Which ids of the extended vocabulary the prompt had, and 0 to P − 1: no part of its values.
    private static readonly string[] s_places = ["input_ids", "net_inps"];

    /// <summary>Whether the names are those of an encoder's state, all of them.</summary>
    public static bool Fits(IReadOnlyList<TensorEntry> entries) =>
        entries.Any(static entry => entry.Name == Embedding)
        && entries.All(static entry => entry.Name == Embedding || IsLayer(entry.Name) || s_places.Contains(entry.Name));

    /// <summary>The prompt.</summary>
    /// <exception cref="TensorFileException">The layers do not follow one another.</exception>
    public static PromptCandidate Find(ITensorSource source, EncoderActivation activation)
    {
        PromptCandidate embedding = PromptCandidate.Of(source, source.Get(Embedding));
        int[] layers =
        [
            .. source.Entries.Where(static entry => IsLayer(entry.Name)).Select(static entry => LayerOf(entry.Name))
                .Distinct().Order(),
        ];
        if (layers.Length == 0) return embedding;
        int inputs = embedding.Width;
        double operations = 0, rows = source.Get(Embedding).Shape[0];
        for (int i = 0; i < layers.Length; i++)
        {
            // Between two layers there is an activation, which has a number and no values.
            if (layers[i] != 2 * i)
                throw new TensorFileException(source.Path, $"has the layer {Mlp}{layers[i]}, expected {Mlp}{2 * i}");
            TensorEntry weight = source.Get($"{Mlp}{layers[i]}.weight"), bias = source.Get($"{Mlp}{layers[i]}.bias");
            PromptCandidate.Require(source, weight, rank: 2);
            PromptCandidate.Require(source, bias, rank: 1);
            if (weight.Shape[1] != inputs || bias.Shape[0] != weight.Shape[0])
            {
                throw new TensorFileException(
                    source.Path,
                    $"holds {PromptNames.Show(weight)} and {PromptNames.Show(bias)} after {inputs} numbers a row, "
                        + $"expected [n, {inputs}] and [n]");
            }
            inputs = weight.Shape[0];
            operations += rows * inputs * (weight.Shape[1] + 100.0);
        }
        if (operations > MostOperations)
            throw new TensorFileException(
                source.Path, $"has an encoder of {operations:G2} operations, expected at most {MostOperations:G2}");
        return embedding with
        {
            Width = inputs,
            Read = () => Evaluate(source, activation, layers.Length),
            Notes =
            [
                $"its MLP of {layers.Length} layers was evaluated with {activation.ToString().ToLowerInvariant()}, "
                    + $"an activation the file does not name",
            ],
        };
    }

    private static float[] Evaluate(ITensorSource source, EncoderActivation activation, int layers)
    {
        double[] x = source.ReadDoubles(Embedding);
        int rows = source.Get(Embedding).Shape[0];
        for (int layer = 0; layer < layers; layer++)
        {
            double[] weight = source.ReadDoubles($"{Mlp}{2 * layer}.weight");
            double[] bias = source.ReadDoubles($"{Mlp}{2 * layer}.bias");
            int inputs = x.Length / rows, outputs = bias.Length;
            double[] y = new double[rows * outputs];
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<double> input = x.AsSpan(row * inputs, inputs);
                for (int output = 0; output < outputs; output++)
                {
                    double sum = bias[output];
                    ReadOnlySpan<double> weights = weight.AsSpan(output * inputs, inputs);
                    for (int i = 0; i < inputs; i++) sum += input[i] * weights[i];
                    y[(row * outputs) + output] = layer == layers - 1 ? sum : activation.Apply(sum);
                }
            }
            x = y;
        }
        return Array.ConvertAll(x, static value => (float)value);
    }

    private static bool IsLayer(string name) => LayerOf(name) >= 0;

    /// <summary>The number in <c>mlp.N.weight</c> and <c>mlp.N.bias</c>; −1 for any other name.</summary>
    private static int LayerOf(string name)
    {
        if (name.Split('.') is not ["mlp", var number, "weight" or "bias"]) return -1;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : -1;
    }
}
