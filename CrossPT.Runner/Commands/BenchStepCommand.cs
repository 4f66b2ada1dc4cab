using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Bench;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Models;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt bench step</c>: a step of prompt tuning on a frozen T5, as training does it.</summary>
internal static class BenchStepCommand
{
    private static readonly Option s_preset = new("--preset", string.Join('|', T5Config.PresetNames), "a T5 of this size with random weights");
    private static readonly Option s_model = ModelFolder.Option with { Help = "or a model folder", Required = false };
    private static readonly Option s_batch = new("--batch", "B", "examples of a step", "16");
    private static readonly Option s_prompt = new("--prompt", "P", "rows of the soft prompt", "100");
    private static readonly Option s_source = new("--source", "T", "source tokens of an example", "128");
    private static readonly Option s_target = new("--target", "U", "target tokens of an example", "4");
    private static readonly Option s_lengths = new("--lengths", "FILE", "source lengths, one a line, in place of T; every batch of the file once");
    private static readonly Option s_save = new("--save", "DIR", "first write the preset's random weights to a new model folder");

    public static CommandDefinition Define() => new()
    {
        Options = [s_preset, s_model, s_batch, s_prompt, s_source, s_target, s_lengths, s_save],
        Notes = "Soft prompt of P rows before each source, the gradient of the prompt only, AdamW included in the step; medians of the steps after two to warm up.\n"
            + "Tokens are rows of prompt and source, without padding; load_ms runs from the start of the process to the start of the first step.\n"
            + "On a device that computes beside the processor, forward and backward are those of five more steps, which wait for each.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        if (context.Has(s_preset) == context.Has(s_model)) throw new UserException($"bench step: expected either {s_preset.Name} or {s_model.Name}");
        int batch = context.Int32(s_batch, 1, 1 << 14), prompt = context.Int32(s_prompt, 1, 1 << 14), target = context.Int32(s_target, 1, 1 << 14);
        int[][] lengths = context.Has(s_lengths) ? LengthsFile.Read(context.String(s_lengths), batch) : [];
        int source = lengths.Length > 0 ? 1 : context.Int32(s_source, 1, 1 << 20);
        T5Config? preset = context.Has(s_preset) ? T5Config.Preset(context.Choice(s_preset)) : null;
        string? folder = preset is null ? ModelFolder.Find(context, s_model) : null;
        string? save = FindNewFolder(context, preset);
        using IBackend backend = context.OpenBackend();
        using T5Model model = preset is null ? ModelFolder.Load(folder!, backend) : T5Model.Random(preset, backend, seed: 1);
        if (save is not null) model.Save(save);
        using PromptStep step = new(model, prompt, target);
        double load = SinceProcessStart();
        StepTimes times = lengths.Length > 0
            ? Benchmark(step, backend.IsHostMemory, lengths)
            : Benchmark(step, backend.IsHostMemory, [.. Enumerable.Repeat(source, batch)]);
        double peak = SystemMemory.PeakResidentBytes() / (double)(1 << 20);
        double? device = backend is { IsHostMemory: false } and IMemoryReport memory ? memory.HighestUsedBytes / (double)(1 << 20) : null;
        if (context.IsJson) context.WriteJson(json => Write(json, times, peak, load, device));
        else
        {
            context.Text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{times.StepMilliseconds:F1} ms a step (forward {times.ForwardMilliseconds:F1}, backward {times.BackwardMilliseconds:F1}), {times.TokensPerSecond:F0} tokens a second, median of {times.Count} steps"));
            context.Text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times.TotalMilliseconds:F0} ms for all steps, {peak:F0} MB at most{(device is { } used ? string.Create(CultureInfo.InvariantCulture, $" and {used:F0} MB of the device's") : "")}, {load:F0} ms to load"));
        }
        return ExitCode.Done;
    }

    private static string? FindNewFolder(CommandContext context, T5Config? preset)
    {
        if (!context.Has(s_save)) return null;
        if (preset is null) throw new UserException($"{s_save.Name}: expected it with {s_preset.Name}, whose weights it writes");
        string folder = context.String(s_save);
        bool taken = File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any());
        return taken ? throw new UserException($"{s_save.Name}: {folder} is there already, expected a new or empty folder") : folder;
    }

    /// <summary>Batches of one size: at least five steps, more while they are short.</summary>
    private static StepTimes Benchmark(PromptStep step, bool synchronous, int[] lengths)
    {
        const int leastSteps = 5, mostSteps = 100, leastMilliseconds = 3000;
        bool Enough(StepTimes times) => times.Count >= mostSteps || (times.Count >= leastSteps && times.TotalMilliseconds >= leastMilliseconds);
        return Benchmark(step, synchronous, lengths, times => Enough(times) ? null : lengths);
    }

    /// <summary>Every batch of a file once.</summary>
    private static StepTimes Benchmark(PromptStep step, bool synchronous, int[][] batches)
        => Benchmark(step, synchronous, batches[0], times => times.Count < batches.Length ? batches[times.Count] : null);

    /// <summary>Steps until there is no next batch. A device that computes beside this thread shows its parts in some steps of their own.</summary>
    private static StepTimes Benchmark(PromptStep step, bool synchronous, int[] first, Func<StepTimes, int[]?> next)
    {
        const int warmUp = 2, stepsInParts = 5;
        StepTimes times = new();
        for (int i = 0; i < warmUp; i++) step.Run(first, inParts: false);
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
