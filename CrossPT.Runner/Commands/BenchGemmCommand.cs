using System.CommandLine;
using System.Globalization;
using CrossPT.Runner.Bench;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt bench gemm</c>: the matrix product with a frozen weight, packed once outside the timed part.
/// </summary>
internal static class BenchGemmCommand
{
    private const int LargestSize = 1 << 24;

    private static readonly Option<int> s_m = Options.Int32("--m", "M", "rows of A and C", 1, LargestSize).Required();
    private static readonly Option<int> s_n = Options.Int32("--n", "N", "columns of C", 1, LargestSize).Required();
    private static readonly Option<int> s_k = Options.Int32("--k", "K", "columns of A", 1, LargestSize).Required();
    private static readonly Option<bool> s_transposed =
        Options.Flag("--transposed", "use the packed weight as a linear layer's backward pass does");

    public static CommandDefinition Define() => new()
    {
        Options = [s_m, s_n, s_k, s_transposed],
        Notes = "C[M, N] = A[M, K]·W. Plain, W is a linear layer of K inputs and N outputs; transposed, one of N "
            + "inputs and K outputs.",
        Example = "bench gemm --m 512 --n 768 --k 768",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int m = context.Value(s_m), n = context.Value(s_n), k = context.Value(s_k);
        bool transposed = context.Has(s_transposed);
        RequireMemory(m, n, k);
        using IBackend backend = context.OpenBackend();
        using IPackedMatrix weight = transposed ? MakeWeight(backend, k, n) : MakeWeight(backend, n, k);
        using Tensor a = Tensor.Allocate(backend, m, k);
        using Tensor c = Tensor.Allocate(backend, m, n);
        RandomNumbers random = new(stream: 1);
        for (int row = 0; row < m; row++)
        {
            using Tensor line = a.Slice(row, 1);
            backend.CopyFromHost(random.Next(k), line);
        }
        Benchmark benchmark = new(() =>
        {
            if (transposed) backend.Matrix.LinearTransposed(a, weight, c);
            else backend.Matrix.Linear(a, weight, c);
            backend.Synchronize();
        });
        double operations = 2.0 * m * n * k;
        double median = operations / benchmark.MedianSeconds * 1e-9, best = operations / benchmark.LeastSeconds * 1e-9;
        CublasCeiling? ceiling = CublasCeiling.Of(backend, m, n, k, transposed);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("gflops_median", Math.Round(median, 3));
                json.WriteNumber("gflops_max", Math.Round(best, 3));
                json.WriteNumber("threads", context.Threads);
                ceiling?.Write(json);
            });
        }
        else
        {
            string shape = $"{m} × {n} × {k}{(transposed ? " transposed" : "")}";
            context.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{shape}, {context.Threads} threads: {median:F1} GFLOP/s median, {best:F1} best"));
            ceiling?.Write(context.Text);
        }
        return ExitCode.Done;
    }

    private static void RequireMemory(long m, long n, long k)
    {
        double bytes = 4.0 * (((double)m * k) + ((double)n * k) + ((double)m * n));
        long available = SystemMemory.Read().AvailableBytes;
        if (bytes > available)
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"bench gemm: {m} × {n} × {k} takes {bytes / (1 << 20):F0} MB, "
                + $"expected at most the {available >> 20} MB available"));
        }
    }

    private static IPackedMatrix MakeWeight(IBackend backend, int outputs, int inputs)
    {
        IPackedMatrix weight = backend.Matrix.CreatePacked(1, outputs, inputs);
        RandomNumbers random = new(stream: 2);
        for (int row = 0; row < outputs; row++) backend.Matrix.Pack(random.Next(inputs), DType.Float32, row, weight);
        return weight;
    }
}
