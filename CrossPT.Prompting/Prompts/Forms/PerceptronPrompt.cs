using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>
/// W₂·φ(W₁·E + b₁) + b₂ of a trained table E [P, H], with one hidden layer or two; residual, E is added to it
/// (Razdaibiedina et al. 2023).
/// </summary>
internal sealed class PerceptronPrompt : IPrompt
{
    private readonly Variable _table;
    private readonly (Variable Weight, Variable Bias)[] _layers;
    private readonly bool _residual;
    private readonly Activation _activation;

    /// <summary>
    /// A prompt whose table starts from <paramref name="start"/>, and its layers as PyTorch's: weights and biases
    /// uniform in ±1/√inputs.
    /// </summary>
    /// <param name="identity">Its name and sizes.</param>
    /// <param name="hidden">Widths of the hidden layers.</param>
    /// <param name="residual">Whether the table is added.</param>
    /// <param name="activation">φ.</param>
    /// <param name="start">P·H numbers.</param>
    /// <param name="backend">Where it lives.</param>
    /// <param name="seed">The run's seed.</param>
    public PerceptronPrompt(
        PromptIdentity identity, ReadOnlySpan<int> hidden, bool residual, Activation activation,
        ReadOnlySpan<float> start, IBackend backend, ulong seed)
    {
        Name = identity.Name;
        Length = identity.Length;
        _residual = residual;
        _activation = activation;
        _table = Variable.Parameter(TensorData.FromSingles(backend, start, identity.Length, identity.Width));
        int[] widths = [identity.Width, .. hidden, identity.Width];
        _layers = new (Variable, Variable)[widths.Length - 1];
        List<PromptParameter> parameters = [identity.Parameter("table", _table)];
        for (int i = 0; i < _layers.Length; i++)
        {
            (int inputs, int outputs) = (widths[i], widths[i + 1]);
            CounterRandom random = new(seed, RandomStreams.Of("prompt layer", Name, (ulong)i));
            double bound = 1 / Math.Sqrt(inputs);
            float[] weight = RandomValues.Uniform(random, outputs * inputs, bound);
            float[] bias = RandomValues.Uniform(random, outputs, bound);
            _layers[i] = (
                Variable.Parameter(TensorData.FromSingles(backend, weight, outputs, inputs)),
                Variable.Parameter(TensorData.FromSingles(backend, bias, 1, outputs)));
            parameters.Add(identity.Parameter($"weight{i + 1}", _layers[i].Weight));
            parameters.Add(identity.Parameter($"bias{i + 1}", _layers[i].Bias));
        }
        Parameters = parameters;
    }

    public string Name { get; }

    public int Length { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public Variable Rows(Tape tape)
    {
        Variable x = _table;
        for (int i = 0; i < _layers.Length; i++)
        {
            if (i > 0) x = _activation == Activation.Relu ? tape.Relu(x) : tape.Activate(x, _activation);
            x = tape.Linear(x, _layers[i].Weight, tape.RepeatRow(_layers[i].Bias, Length));
        }
        return _residual ? tape.Add(x, _table) : x;
    }

    public void Dispose()
    {
        _table.Dispose();
        foreach ((Variable weight, Variable bias) in _layers)
        {
            weight.Dispose();
            bias.Dispose();
        }
    }
}
