using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>
/// W₂·φ(W₁·E + b₁) + b₂ of a trained table E [P, H], with one hidden layer or two; residual, E is added to it (Razdaibiedina et al. 2023).
/// </summary>
internal sealed class PerceptronPrompt : IPromptRows
{
    private readonly Variable _table;
    private readonly (Variable Weight, Variable Bias)[] _layers;
    private readonly bool _residual;
    private readonly PromptActivation _activation;

    /// <summary>
    /// A prompt whose table starts from <paramref name="start"/>, and its layers as PyTorch's: uniform in ±1/√inputs, weights and biases.
    /// </summary>
    public PerceptronPrompt(PromptIdentity identity, FormSettings settings, ReadOnlySpan<float> start, IBackend backend, ulong seed)
    {
        (Name, Length) = (identity.Name, identity.Length);
        (_residual, _activation) = (settings.Form == PromptForm.ResidualMlp, settings.Activation);
        _table = Variable.Parameter(TensorData.FromSingles(backend, start, identity.Length, identity.Width));
        int[] widths = [identity.Width, .. Enumerable.Repeat(settings.Hidden ?? identity.Width, settings.Layers), identity.Width];
        _layers = new (Variable, Variable)[widths.Length - 1];
        List<PromptParameter> parameters = [identity.Parameter("table", _table)];
        for (int i = 0; i < _layers.Length; i++)
        {
            (int inputs, int outputs) = (widths[i], widths[i + 1]);
            CounterRandom random = new(seed, RandomStreams.Of("prompt layer", Name, (ulong)i));
            double bound = 1 / Math.Sqrt(inputs);
            float[] weight = FormValues.Uniform(random, outputs * inputs, bound), bias = FormValues.Uniform(random, outputs, bound);
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
        // The bias of every row is row 0 of [1, h].
        Tensor zeros = TensorData.FromInt32(tape.Backend, new int[Length], Length);
        Variable x = _table;
        for (int i = 0; i < _layers.Length; i++)
        {
            if (i > 0) x = Activate(tape, x);
            x = tape.Linear(x, _layers[i].Weight, tape.GatherRows(_layers[i].Bias, zeros));
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

    private Variable Activate(Tape tape, Variable x) =>
        _activation == PromptActivation.Relu ? tape.Relu(x) : tape.Activate(x, Activation.GeluTanh);
}
