using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// y = x + W·f(W_i·norm(x)), or x + W·(f(W₀·norm(x)) ∘ (W₁·norm(x))) where gated. Checkpoint names
/// <c>DenseReluDense.{wi | wi_0, wi_1, wo}</c>.
/// </summary>
internal sealed class T5FeedForward
{
    private readonly bool _gated;
    private readonly Activation _activation;
    private readonly T5LayerNorm _norm;
    private readonly T5Linear _input;
    private readonly T5Linear _output;

    public T5FeedForward(T5Config config, T5Weights weights, string path)
    {
        int h = config.ModelWidth, f = config.FeedForwardWidth;
        double inDeviation = config.InitializerFactor / Math.Sqrt(h), outDeviation = config.InitializerFactor / Math.Sqrt(f);
        _gated = config.IsGated;
        _activation = config.Activation;
        _norm = new T5LayerNorm(config, weights, $"{path}.layer_norm");
        string dense = $"{path}.DenseReluDense";
        _input = _gated
            ? weights.Linear(h, 1, inDeviation, ($"{dense}.wi_0.weight", f), ($"{dense}.wi_1.weight", f))
            : weights.Linear(h, 1, inDeviation, ($"{dense}.wi.weight", f));
        _output = weights.Linear(f, 1, outDeviation, ($"{dense}.wo.weight", h));
    }

    /// <summary>x [R, H] → [R, H].</summary>
    public Variable Forward(Tape tape, Variable x, BlockDropout dropout = default)
    {
        Variable hidden = _norm.Forward(tape, x);
        if (_gated) hidden = tape.Gated(_input.Forward(tape, hidden), _activation);
        else if (_activation == Activation.Relu) hidden = _input.ForwardRelu(tape, hidden);
        else hidden = tape.Activate(_input.Forward(tape, hidden), _activation);
        hidden = tape.Dropout(hidden, dropout.At(DropoutPlace.Hidden));
        return _output.ForwardDropout(tape, hidden, x, dropout.At(DropoutPlace.FeedForwardOutput));
    }
}
