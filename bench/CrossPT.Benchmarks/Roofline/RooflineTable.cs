using System.Globalization;
using CrossPT.Runner.Bench;
using CrossPT.Tensors.Cuda;
using CrossPT.Transformer;

namespace CrossPT.Benchmarks.Roofline;

/// <summary>
/// <c>roofline LENGTHS</c>: what every launch of a step moves and computes, and the times that follow under the peaks
/// of some cards, beside PyTorch's eager mode under the same assumptions. Computed, not measured.
/// </summary>
internal static class RooflineTable
{
    private const int Prompt = 100, Target = 4;

    public static void Write(TextWriter output, string lengths)
    {
        Case[] cases =
        [
            new("t5-small, batch 8, 64 source tokens", "t5-small", [Enumerable.Repeat(64, 8).ToArray()]),
            new("t5-base, batch 32, GLUE lengths", "t5-base", LengthsFile.Read(lengths, 32)),
        ];
        output.WriteLine(
            $"""
            # Roofline of a training step

            **Computed, not measured**, by `dotnet run -c Release --project bench/CrossPT.Benchmarks -- roofline
            bench/glue-lengths.txt`: prompt {Prompt}, target {Target}, the mean over all batches. Ours: the launches of
            a step as the back end makes them, on a device that writes them down. PyTorch: eager mode, Hugging Face's
            T5 as `bench/gpu_torch.py` runs it (bf16 is autocast; beside fp32-split its float32), one kernel an
            operation, batches padded to their longest.

            A kernel takes the longest of {Card.LeastSeconds * 1e6:F0} µs, its operations at {Percent(Card.SingleShare)}
            of the float32 peak or {Percent(Card.HalfShare)} of the bf16 peak, and its bytes at
            {Percent(Card.MemoryShare)} of the memory's, each operand counted once and nothing left in caches between
            kernels. A step takes its kernels one after the other, but at least {Card.HostSeconds * 1e6:F0} µs of the
            host a launch. On Hopper `mma.sync`, which ours uses, has 62% of the bf16 peak; cuBLAS has all of it.

            """);
        output.WriteLine($"| step | precision | whose | launches | GB | Tflop | {Heads()} |");
        output.WriteLine($"|---|---|---|---:|---:|---:|{string.Concat(Card.All.Select(static _ => "---:|"))}");
        List<(string Title, List<Launch>[] Steps)> details = [];
        foreach (Case @case in cases)
        {
            T5Config config = T5Config.Preset(@case.Preset);
            foreach (MatrixPrecision precision in Enum.GetValues<MatrixPrecision>())
            {
                string name = precision.Name();
                List<Launch>[] ours = LaunchRecorder.Steps(config, precision, Prompt, Target, @case.Batches);
                List<Work>[] theirs = Array.ConvertAll(
                    @case.Batches, batch => TorchStep.Of(
                        config, precision == MatrixPrecision.BFloat16, Prompt, Target, batch));
                List<Work>[] works = Array.ConvertAll(
                    ours, step => step.ConvertAll(static launch => launch.Work));
                Row(output, @case.Title, name, "ours", works, withSync: true);
                Row(output, @case.Title, name, "PyTorch", theirs, withSync: false);
                string ratios = string.Join(
                    " | ", Card.All.Select(card => Text(Mean(card, works, true) / Mean(card, theirs, false), "F2")));
                output.WriteLine($"| | | ratio | | | | {ratios} |");
                details.Add(($"{@case.Title}, {name}", ours));
            }
        }
        foreach ((string title, List<Launch>[] steps) in details) WriteKernels(output, title, steps);
    }

    private static string Percent(double share) => $"{Text(share * 100, "F0")}%";

    private static string Heads() => string.Join(" | ", Card.All.Select(static card => $"{card.Name}, ms"));

    private static double Mean(Card card, List<Work>[] steps, bool withSync)
        => steps.Average(step => card.Seconds(step, withSync));

    private static void Row(
        TextWriter output, string title, string precision, string whose, List<Work>[] steps, bool withSync)
    {
        string launches = Text(steps.Average(static step => step.Count), "F0");
        string bytes = Text(steps.Average(static step => step.Sum(static work => work.Bytes)) / 1e9, "F2");
        string operations = Text(steps.Average(static step => step.Sum(static work => work.Operations)) / 1e12, "F2");
        string times = string.Join(
            " | ", Card.All.Select(card => Text(Mean(card, steps, withSync) * 1e3, "F2")));
        output.WriteLine($"| {title} | {precision} | {whose} | {launches} | {bytes} | {operations} | {times} |");
    }

    private static void WriteKernels(TextWriter output, string title, List<Launch>[] steps)
    {
        Card card = Card.All[1];
        output.WriteLine();
        output.WriteLine($"## Ours, kernel by kernel: {title}");
        output.WriteLine();
        output.WriteLine($"| kernel | launches | MB | Gflop | {card.Name}, ms |");
        output.WriteLine("|---|---:|---:|---:|---:|");
        var kernels = steps.SelectMany(static step => step).GroupBy(static launch => launch.Kernel)
            .Select(group => (
                Name: group.Key,
                Launches: (double)group.Count() / steps.Length,
                Bytes: group.Sum(static launch => launch.Work.Bytes) / steps.Length,
                Operations: group.Sum(static launch => launch.Work.Operations) / steps.Length,
                Seconds: group.Sum(launch => card.Seconds(launch.Work, withSync: true)) / steps.Length));
        foreach (var kernel in kernels.OrderByDescending(static kernel => kernel.Seconds))
        {
            output.WriteLine(
                $"| `{kernel.Name}` | {Text(kernel.Launches, "0.#")} | {Text(kernel.Bytes / 1e6, "F1")} | "
                + $"{Text(kernel.Operations / 1e9, "F1")} | {Text(kernel.Seconds * 1e3, "F3")} |");
        }
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Case(string Title, string Preset, int[][] Batches);
}
