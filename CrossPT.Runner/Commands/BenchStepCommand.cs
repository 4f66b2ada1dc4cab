using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Bench;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt bench step</c>: a step of prompt tuning on a frozen T5, as training does it.</summary>
internal static class BenchStepCommand
{
    private static readonly Option<string> s_preset =
        Options.Choice("--preset", "a T5 of this size with random weights", [.. T5Config.PresetNames]);
    private static readonly Option<string> s_model = Options.Text("--model", "M", "or a model folder");
    private static readonly Option<int> s_batch =
        Options.Int32("--batch", "B", "examples of a step", 1, 1 << 14).Default(16);
    private static readonly Option<int> s_prompt =
        Options.Int32("--prompt", "P", "rows of the soft prompt", 1, 1 << 14).Default(100);
    private static readonly Option<int> s_source =
        Options.Int32("--source", "T", "source tokens of an example", 1, 1 << 20).Default(128);
    private static readonly Option<int> s_target =
        Options.Int32("--target", "U", "target tokens of an example", 1, 1 << 14).Default(4);
    private static readonly Option<string> s_lengths = Options.Text(
        "--lengths", "FILE", "source lengths, one a line, in place of T; every batch of the file once");

    private static readonly Option<bool> s_profile =
        Options.Flag("--profile", "also time every kernel of the steps");

    public static CommandDefinition Define() => new()
    {
        Options = [s_preset, s_model, s_batch, s_prompt, s_source, s_target, s_lengths, s_profile],
        Notes = "Soft prompt of P rows before each source, the gradient of the prompt only, AdamW included in the "
            + "step; medians after two warm-up steps. Tokens are rows of prompt and source, without "
            + "padding; load_ms runs from the start of the process to the start of the first step. On a GPU, "
            + "forward and backward are timed in five more steps that wait for each. "
            + "--profile adds up each kind of kernel, beside the fastest product and copy measured here; GB/s count "
            + "each operand once. A GPU is then waited for after every kernel.",
        Example = "bench step --preset t5-small --batch 8",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        if (context.Has(s_preset) == context.Has(s_model))
            throw new UserException($"bench step: expected either {s_preset.Name} or {s_model.Name}");
        int batch = context.Value(s_batch), prompt = context.Value(s_prompt), target = context.Value(s_target);
        int[][] lengths = context.Find(s_lengths) is { } file ? LengthsFile.Read(file, batch) : [];
        int source = lengths.Length > 0 ? 1 : context.Value(s_source);
        T5Config? preset = context.Find(s_preset) is { } name ? T5Config.Preset(name) : null;
        string? folder = preset is null ? ModelFolder.Find(context, context.Value(s_model)) : null;
        using IBackend backend = context.OpenBackend();
        using ProfiledBackend? profiled = context.Value(s_profile) ? new ProfiledBackend(backend) : null;
        using T5Model model = preset is null
            ? ModelFolder.Load(context, folder!, profiled ?? backend)
            : T5Model.Random(preset, profiled ?? backend, seed: 1);
        using PromptStep step = new(model, prompt, target);
        double load = SinceProcessStart();
        StepTimes times = lengths.Length > 0
            ? Benchmark(step, backend.IsHostMemory, profiled?.Times, lengths)
            : Benchmark(step, backend.IsHostMemory, profiled?.Times, [.. Enumerable.Repeat(source, batch)]);
        double peak = SystemMemory.PeakResidentBytes() / (double)(1 << 20);
        double? device = backend is { IsHostMemory: false } and IMemoryReport memory
            ? memory.HighestUsedBytes / (double)(1 << 20)
            : null;
        StepProfile? profile = profiled is null
            ? null
            : new StepProfile(backend, profiled.Times, times.Count, times.TotalMilliseconds / 1000);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                Write(json, times, peak, load, device);
                profile?.Write(json);
            });
        }
        else
        {
            context.Text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{times.StepMilliseconds:F1} ms a step (forward {times.ForwardMilliseconds:F1}, backward "
                    + $"{times.BackwardMilliseconds:F1}), {times.TokensPerSecond:F0} tokens a second, median of "
                    + $"{times.Count} steps"));
            string ofDevice = device is { } used
                ? string.Create(CultureInfo.InvariantCulture, $" and {used:F0} MB of the device's")
                : "";
            context.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{times.TotalMilliseconds:F0} ms for all steps, {peak:F0} MB at most{ofDevice}, "
                    + $"{load:F0} ms to load"));
            profile?.Write(context.Console, context.Text);
        }
        return ExitCode.Done;
    }

    /// <summary>Batches of one size: at least five steps, more while they are short.</summary>
    private static StepTimes Benchmark(PromptStep step, bool synchronous, KernelTimes? kernels, int[] lengths)
    {
        const int leastSteps = 5, mostSteps = 100, leastMilliseconds = 3000;
        bool Enough(StepTimes times) =>
            times.Count >= mostSteps || (times.Count >= leastSteps && times.TotalMilliseconds >= leastMilliseconds);
        return Benchmark(step, synchronous, kernels, lengths, times => Enough(times) ? null : lengths);
    }

    /// <summary>Every batch of a file once.</summary>
    private static StepTimes Benchmark(PromptStep step, bool synchronous, KernelTimes? kernels, int[][] batches)
        => Benchmark(
            step, synchronous, kernels, batches[0],
            times => times.Count < batches.Length ? batches[times.Count] : null);

    /// <summary>
    /// Steps until there is no next batch. A device that computes beside this thread shows its parts in some steps of
    /// their own; under a profile it never does.
    /// </summary>
    private static StepTimes Benchmark(
        PromptStep step, bool synchronous, KernelTimes? kernels, int[] first, Func<StepTimes, int[]?> next)
    {
        const int warmUp = 2, stepsInParts = 5;
        synchronous |= kernels is not null;
        StepTimes times = new();
        for (int i = 0; i < warmUp; i++) step.Run(first, inParts: false);
        kernels?.Clear();
        while (next(times) is { } lengths)
        {
            StepTime time = step.Run(lengths, inParts: synchronous);
            if (synchronous) times.Add(time);
            else times.AddWhole(time);
        }
        for (int i = 0; !synchronous && i < stepsInParts; i++) times.AddParts(step.Run(first, inParts: true));
        return times;
    }

    private static double SinceProcessStart()
    {
        using Process process = Process.GetCurrentProcess();
        return (DateTime.UtcNow - process.StartTime.ToUniversalTime()).TotalMilliseconds;
    }

    private static void Write(Utf8JsonWriter json, StepTimes times, double peak, double load, double? device)
    {
        json.WriteNumber("forward_ms", Math.Round(times.ForwardMilliseconds, 3));
        json.WriteNumber("backward_ms", Math.Round(times.BackwardMilliseconds, 3));
        json.WriteNumber("step_ms", Math.Round(times.StepMilliseconds, 3));
        json.WriteNumber("tokens_per_second", Math.Round(times.TokensPerSecond, 1));
        json.WriteNumber("steps", times.Count);
        json.WriteNumber("total_ms", Math.Round(times.TotalMilliseconds, 3));
        json.WriteNumber("peak_rss_mb", Math.Round(peak, 1));
        if (device is { } used) json.WriteNumber("peak_device_mb", Math.Round(used, 1));
        json.WriteNumber("load_ms", Math.Round(load, 1));
    }
}
