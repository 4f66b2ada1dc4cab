using System.Globalization;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt doctor --conformance</c>: the kernels of a device against those of the CPU, at the sizes of T5 and at
/// rows that fit no block.
/// </summary>
internal static class KernelConformance
{
    /// <summary>
    /// Of two float32 sums in different order, over the largest value; and of operands rounded to bf16.
    /// </summary>
    private const double Single = 5e-5, Rounded = 2e-2;

    private static readonly int[] s_rows = [1, 17, 945];

    public static int Run(CommandContext context)
    {
        double tolerance = context.Precision == MatrixPrecision.BFloat16 ? Rounded : Single;
        KernelSizes size = KernelSizes.All.Single(static candidate => candidate.Name == "t5-base");
        List<(KernelCase Case, KernelComparison Result)> results = [];
        using (IBackend tested = context.OpenBackend())
        using (CpuBackend reference = new(context.Threads))
        {
            foreach (int rows in s_rows)
            {
                foreach (KernelCase kernel in KernelCases.Of(size, rows))
                    results.Add((kernel, KernelComparison.Of(kernel, tested, reference)));
            }
        }
        int failed = results.Count(result => !Passes(result.Result, tolerance));
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteBoolean("passed", failed == 0);
                json.WriteStartArray("kernels");
                foreach ((KernelCase kernel, KernelComparison result) in results)
                {
                    json.WriteStartObject();
                    json.WriteString("kernel", kernel.Kernel);
                    json.WriteString("shape", kernel.Shape);
                    if (double.IsFinite(result.Difference)) json.WriteNumber("max_rel_to_largest", result.Difference);
                    else json.WriteNull("max_rel_to_largest");
                    json.WriteBoolean("repeatable", result.IsRepeatable);
                    json.WriteBoolean("passed", Passes(result, tolerance));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        }
        else
        {
            TextTable table = new("kernel", "shape", "max rel", "same bits twice", "");
            foreach ((KernelCase kernel, KernelComparison result) in results)
            {
                table.Add(
                    kernel.Kernel, kernel.Shape, result.Difference.ToString("0.0e+00", CultureInfo.InvariantCulture),
                    result.IsRepeatable ? "yes" : "NO",
                    Passes(result, tolerance) ? "ok" : "FAILED");
            }
            context.Console.Write(table);
            context.Text.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(failed == 0 ? "passed" : "FAILED")}: {results.Count - failed} of {results.Count} kernels "
                        + $"within {tolerance:0.##e+0} of the CPU's"));
        }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static bool Passes(KernelComparison result, double tolerance) =>
        result.IsRepeatable && result.Difference <= tolerance;
}
