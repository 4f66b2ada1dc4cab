using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Runner.Bench;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt bench kernels</c>: each kernel of a prompt-tuning step at the sizes of T5, beside what a large copy
/// gives.
/// </summary>
internal static class BenchKernelsCommand
{
    private static readonly Option<string> s_preset = Options.Choice(
        "--preset", "sizes of this T5 alone", [.. KernelSizes.All.Select(static size => size.Name)]);
    private static readonly Option<int> s_rows =
        Options.Int32("--rows", "R", "rows of activations", 1, 1 << 20).Default(8192);
    private static readonly Option<string> s_kernel =
        Options.Text("--kernel", "TEXT", "only kernels that have this in their name");

    public static CommandDefinition Define() => new()
    {
        Options = [s_preset, s_rows, s_kernel],
        Notes = "TFLOP/s count a multiply-add as two and nothing else; GB/s count each operand once, as if it were "
            + "read and written a single time. The first line of each size is a copy that no cache holds: the most "
            + "that memory gives.",
        Example = "bench kernels --preset t5-base --kernel attention",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int rows = context.Value(s_rows);
        KernelSizes[] sizes = context.Find(s_preset) is { } preset
            ? [KernelSizes.All.Single(size => size.Name == preset)]
            : KernelSizes.All;
        using IBackend backend = context.OpenBackend();
        List<(KernelSizes Size, KernelCase Case, double Seconds)> times = [];
        foreach (KernelSizes size in sizes)
        {
            KernelCase copy = KernelCases.Copy(8 * rows, size.FeedForward);
            foreach (KernelCase kernel in KernelCases.Of(size, rows).Prepend(copy))
            {
                string part = context.Find(s_kernel) ?? "";
                if (!kernel.Kernel.Contains(part, StringComparison.OrdinalIgnoreCase)) continue;
                times.Add((size, kernel, kernel.Time(backend)));
                context.Note($"{size.Name} {kernel.Kernel}");
            }
        }
        if (times.Count == 0)
        {
            IEnumerable<string> names = KernelCases.Of(sizes[0], rows).Select(static one => one.Kernel).Distinct();
            throw new UserException(
                $"--kernel: found '{context.Value(s_kernel)}', expected a part of one of {string.Join("; ", names)}");
        }
        // The largest product of the largest size.
        CublasCeiling? ceiling = CublasCeiling.Of(
            backend, rows, sizes[^1].FeedForward, sizes[^1].Width, transposed: false);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                WriteJson(json, times);
                ceiling?.Write(json);
            });
            return ExitCode.Done;
        }
        WriteTable(context.Console, times);
        ceiling?.Write(context.Text);
        return ExitCode.Done;
    }

    private static void WriteJson(Utf8JsonWriter json, List<(KernelSizes Size, KernelCase Case, double Seconds)> times)
    {
        json.WriteStartArray("kernels");
        foreach ((KernelSizes size, KernelCase kernel, double seconds) in times)
        {
            json.WriteStartObject();
            json.WriteString("preset", size.Name);
            json.WriteString("kernel", kernel.Kernel);
            json.WriteString("shape", kernel.Shape);
            json.WriteNumber("microseconds", Math.Round(seconds * 1e6, 3));
            json.WriteNumber("tflops", Math.Round(kernel.Operations / seconds * 1e-12, 4));
            json.WriteNumber("gb_per_second", Math.Round(kernel.Bytes / seconds * 1e-9, 2));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTable(
        ConsoleOutput console, List<(KernelSizes Size, KernelCase Case, double Seconds)> times)
    {
        TextTable table = new("kernel", "shape", "µs", "TFLOP/s", "GB/s");
        foreach ((KernelSizes size, KernelCase kernel, double seconds) in times)
        {
            table.Add(
                $"{size.Name} {kernel.Kernel}", kernel.Shape, Show(seconds * 1e6, "F1"),
                kernel.Operations == 0 ? "" : Show(kernel.Operations / seconds * 1e-12, "F3"),
                Show(kernel.Bytes / seconds * 1e-9, "F1"));
        }
        console.Write(table);
    }

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
