using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing.Attempt;

/// <summary>x·σ(x), for a bottleneck of a hundred numbers an example.</summary>
internal static class SiluOperation
{
    /// <summary>y = x·σ(x), of any shape.</summary>
    public static Variable Silu(this Tape tape, Variable x)
    {
        double[] values = x.Value.ToDoubles();
        double[] y = Array.ConvertAll(values, static v => v * RelaxedBernoulli.Sigmoid(v));
        return tape.Record(HostTensor.Create(tape.Backend, y, x.Shape.Sizes), [x], [], (dy, _) =>
        {
            // dy/dx = σ(x)·(1 + x·(1 − σ(x)))
            double[] dx = dy.ToDoubles();
            for (int i = 0; i < dx.Length; i++)
            {
                double s = RelaxedBernoulli.Sigmoid(values[i]);
                dx[i] *= s * (1 + (values[i] * (1 - s)));
            }
            HostTensor.Add(tape, x, dx);
        });
    }
}
