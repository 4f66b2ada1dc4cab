using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Root-mean-square norm with a weight [H] and no bias.</summary>
internal sealed class T5LayerNorm(T5Config config, T5Weights weights, string path)
{
    private readonly Variable _weight = weights.Plain($"{path}.weight", new Shape(config.ModelWidth), deviation: 0, mean: config.InitializerFactor);

    public Variable Forward(Tape tape, Variable x) => tape.RmsNorm(x, _weight, config.Epsilon);
}
