using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Runner.Consoles;
using CrossPT.Tensors;

namespace CrossPT.Runner.Bench;

/// <summary>Where the time of some steps went, kernel by kernel, beside the most that the machine gives.</summary>
internal sealed class StepProfile
{
    private readonly KernelTimes _times;
    private readonly int _steps;
    private readonly double _seconds;
    private readonly double _peakOperations;
    private readonly double _peakBytes;

    /// <param name="backend">The back end itself, for its peaks.</param>
    /// <param name="times">Kernels of the steps.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="seconds">Time of all of them.</param>
    public StepProfile(IBackend backend, KernelTimes times, int steps, double seconds)
    {
        _times = times;
        _steps = steps;
        _seconds = seconds;
        // A product whose operands stay in caches, and one with enough rows for a device.
        KernelCase[] products =
        [
            KernelCases.Linear("small", rows: 192, outputs: 128, inputs: 512, residual: false),
            KernelCases.Linear("large", rows: 2048, outputs: 3072, inputs: 768, residual: false),
        ];
        _peakOperations = products.Max(product => product.Operations / product.Time(backend));
        KernelCase copy = KernelCases.Copy(rows: 16384, columns: 2048);
        _peakBytes = copy.Bytes / copy.Time(backend);
    }

    private double Between => _seconds - _times.Seconds;

    public void Write(ConsoleOutput console, TextWriter text)
    {
        TextTable table = new("kernel", "calls", "ms", "share", "GFLOP/s", "of peak", "GB/s", "of peak");
        foreach (KernelTimes.Kind kind in _times.Kinds)
        {
            double operations = kind.Operations / kind.Seconds, bytes = kind.Bytes / kind.Seconds;
            bool computes = kind.Operations > 0;
            table.Add(
                kind.Name, Format($"{(double)kind.Calls / _steps:0.#}"),
                Format($"{kind.Seconds / _steps * 1000:F2}"), Format($"{kind.Seconds / _seconds:P1}"),
                computes ? Format($"{operations * 1e-9:F1}") : "",
                computes ? Format($"{operations / _peakOperations:P0}") : "",
                Format($"{bytes * 1e-9:F1}"), Format($"{bytes / _peakBytes:P0}"));
        }
        table.Add(
            "between kernels", "", Format($"{Between / _steps * 1000:F2}"), Format($"{Between / _seconds:P1}"));
        console.Write(table);
        string product = Format($"{_peakOperations * 1e-9:F1} GFLOP/s in a product");
        string copy = Format($"{_peakBytes * 1e-9:F1} GB/s in a copy");
        text.WriteLine($"peaks measured here: {product}, {copy}");
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("profile");
        json.WriteNumber("peak_gflops", Math.Round(_peakOperations * 1e-9, 3));
        json.WriteNumber("peak_gb_per_second", Math.Round(_peakBytes * 1e-9, 3));
        json.WriteNumber("between_ms", Math.Round(Between / _steps * 1000, 3));
        json.WriteStartArray("kernels");
        foreach (KernelTimes.Kind kind in _times.Kinds)
        {
            json.WriteStartObject();
            json.WriteString("kernel", kind.Name);
            json.WriteNumber("calls", Math.Round((double)kind.Calls / _steps, 2));
            json.WriteNumber("ms", Math.Round(kind.Seconds / _steps * 1000, 4));
            json.WriteNumber("share", Math.Round(kind.Seconds / _seconds, 4));
            json.WriteNumber("gflops", Math.Round(kind.Operations / kind.Seconds * 1e-9, 3));
            json.WriteNumber("gb_per_second", Math.Round(kind.Bytes / kind.Seconds * 1e-9, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
