using System.Globalization;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

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
    public static PromptCandidate Find(ITensorSource source, PromptActivation activation)
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

    private static float[] Evaluate(ITensorSource source, PromptActivation activation, int layers)
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
