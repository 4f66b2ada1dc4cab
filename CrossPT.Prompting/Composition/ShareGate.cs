using CrossPT.Autograd;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>σ(g) or 1 − σ(g) on the diagonal: times a matrix of rows, each row by its own task's share.</summary>
internal static class ShareGateOperation
{
    /// <summary>D [n, n] with D[i, i] = σ(g[tasks[i]]), or 1 − σ(g[tasks[i]]) with <paramref name="rest"/>: gates g [K, 1].</summary>
    public static Variable ShareGate(this Tape tape, Variable gates, int[] tasks, bool rest)
    {
        int n = tasks.Length;
        double[] shares = Array.ConvertAll(gates.Value.ToDoubles(), RelaxedBernoulli.Sigmoid), diagonal = new double[n * n];
        for (int i = 0; i < n; i++) diagonal[(i * n) + i] = rest ? 1 - shares[tasks[i]] : shares[tasks[i]];
        return tape.Record(HostTensor.Create(tape.Backend, diagonal, n, n), [gates], [], (dy, _) =>
        {
            double[] gradient = dy.ToDoubles(), dGates = new double[shares.Length];
            for (int i = 0; i < n; i++)
            {
                double slope = shares[tasks[i]] * (1 - shares[tasks[i]]);
                dGates[tasks[i]] += gradient[(i * n) + i] * (rest ? -slope : slope);
            }
            HostTensor.Add(tape, gates, dGates);
        });
    }
}
