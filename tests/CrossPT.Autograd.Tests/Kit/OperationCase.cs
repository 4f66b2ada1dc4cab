using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Kit;

/// <summary>Makes the inputs and gives back what computes the output from them.</summary>
internal delegate Func<Tape, Variable> CaseBuilder(Inputs inputs);

/// <summary>
/// One declaration of an operation's use: its gradients are checked, back ends compared and its memory counted by it.
/// </summary>
internal static class OperationCase
{
    /// <summary>
    /// A scalar that depends on every element of the output differently, so that no gradient is right by symmetry.
    /// </summary>
    public static Func<Tape, Variable> LossOf(Func<Tape, Variable> output, IBackend backend) => tape =>
    {
        Variable y = output(tape);
        using Inputs weights = new(backend, seed: 99);
        // Shared into the tape's scope: the inputs give their handle up.
        Tensor w = weights.Tensor(y.Shape.Sizes).Share();
        return tape.Sum(tape.Multiply(y, Variable.Constant(w)));
    };

    /// <summary>The output and all gradients, one array each.</summary>
    public static Dictionary<string, double[]> Run(IBackend backend, CaseBuilder build)
    {
        using Inputs inputs = new(backend);
        Func<Tape, Variable> output = build(inputs);
        Dictionary<string, double[]> results = [];
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable loss = LossOf(t =>
        {
            Variable y = output(t);
            results.Add("output", y.Value.ToDoubles());
            return y;
        }, backend)(tape);
        tape.Backward(loss);
        foreach (NamedParameter parameter in inputs.Parameters)
            results.Add(
                parameter.Name,
                parameter.Variable.Gradient?.ToDoubles() ?? new double[parameter.Variable.Value.Length]);
        return results;
    }

    /// <summary>
    /// Fails where a number differs by more than the tolerance times the largest of its tensor, or of 1.
    /// </summary>
    public static void Equal(
        Dictionary<string, double[]> expected, Dictionary<string, double[]> actual, double tolerance)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach ((string name, double[] values) in expected)
        {
            double[] others = actual[name];
            Assert.Equal(values.Length, others.Length);
            double scale = values.Select(Math.Abs).Append(1).Max();
            for (int i = 0; i < values.Length; i++)
                Assert.True(
                    Math.Abs(values[i] - others[i]) <= tolerance * scale,
                    $"{name}[{i}]: expected {values[i]:R}, got {others[i]:R}.");
        }
    }
}
