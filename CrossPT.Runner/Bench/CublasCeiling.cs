using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Bench;

/// <summary>
/// What the card gives a product at best, measured with cuBLAS at the same sizes, and at what clocks: said beside our
/// own figures on a CUDA device, where the toolkit and NVML are installed.
/// </summary>
internal sealed class CublasCeiling
{
    private readonly List<(string Precision, double Gflops)> _figures = [];
    private readonly string _shape;
    private readonly string? _version;
    private readonly string? _absence;
    private readonly CardState? _clocks;
    private readonly string? _clocksAbsence;

    private CublasCeiling(CudaBackend backend, int m, int n, int k, bool transposed)
    {
        _shape = $"{m} × {n} × {k}";
        using CublasProduct? cublas = CublasProduct.TryOpen(backend, out _absence);
        if (cublas is not null)
        {
            _version = cublas.Version;
            Measure(backend, cublas, m, n, k, transposed);
        }
        _clocks = CardState.Read(backend, out _clocksAbsence);
    }

    /// <summary>Null on any other device, where nothing of ILGPU is loaded for it.</summary>
    public static CublasCeiling? Of(IBackend backend, int m, int n, int k, bool transposed)
        => backend.IsHostMemory ? null : OnCuda(backend, m, n, k, transposed);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CublasCeiling OnCuda(IBackend backend, int m, int n, int k, bool transposed)
        => new((CudaBackend)backend, m, n, k, transposed);

    /// <summary>Two lines: cuBLAS and the clocks, or what of them is missing.</summary>
    public void Write(TextWriter text)
    {
        IEnumerable<string> figures = _figures.Select(static figure =>
            string.Create(CultureInfo.InvariantCulture, $"{figure.Precision} {figure.Gflops:F1}"));
        string measured = $"cuBLAS {_version}, {_shape}: {string.Join(", ", figures)} GFLOP/s";
        text.WriteLine(_version is null ? _absence : measured);
        text.WriteLine(_clocks?.ToString() ?? _clocksAbsence);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("cublas");
        if (_version is null) json.WriteString("absent", _absence);
        else json.WriteString("version", _version);
        json.WriteString("shape", _shape);
        foreach ((string precision, double gflops) in _figures)
            json.WriteNumber($"{precision.ToLowerInvariant()}_gflops_median", Math.Round(gflops, 3));
        json.WriteEndObject();
        json.WriteStartObject("clocks");
        if (_clocks is null) json.WriteString("absent", _clocksAbsence);
        else WriteClocks(json, _clocks);
        json.WriteEndObject();
    }

    private static void WriteClocks(Utf8JsonWriter json, CardState clocks)
    {
        json.WriteNumber("mhz", clocks.Clock);
        json.WriteNumber("max_mhz", clocks.MaxClock);
        json.WriteNumber("memory_mhz", clocks.MemoryClock);
        json.WriteNumber("celsius", clocks.Celsius);
        json.WriteStartArray("throttled");
        foreach (string reason in clocks.Reasons) json.WriteStringValue(reason);
        json.WriteEndArray();
    }

    private void Measure(CudaBackend backend, CublasProduct cublas, int m, int n, int k, bool transposed)
    {
        Storage a = Numbers(backend, (long)m * k), w = Numbers(backend, (long)n * k);
        Storage c = backend.AllocateStorage((long)m * n * sizeof(float));
        foreach ((string name, CublasPrecision precision) in (ReadOnlySpan<(string, CublasPrecision)>)
            [
                ("fp32", CublasPrecision.Float32), ("TF32", CublasPrecision.TensorFloat32),
                ("bf16", CublasPrecision.BFloat16),
            ])
        {
            Benchmark benchmark = new(() =>
            {
                cublas.Multiply(precision, m, n, k, a.Address, w.Address, c.Address, transposed);
                backend.Synchronize();
            });
            _figures.Add((name, 2.0 * m * n * k / benchmark.MedianSeconds * 1e-9));
        }
        a.Release();
        w.Release();
        c.Release();
    }

    /// <summary>
    /// So many numbers in [−1, 1), in float32 or, of the first half, in bf16: both halves of a word are a bf16 of that
    /// range.
    /// </summary>
    private static Storage Numbers(CudaBackend backend, long count)
    {
        const int piece = 1 << 20;
        Storage storage = backend.AllocateStorage(count * sizeof(float));
        RandomNumbers random = new(stream: 3);
        uint[] words = new uint[Math.Min(piece, count)];
        for (long done = 0; done < count; done += piece)
        {
            int run = (int)Math.Min(piece, count - done);
            MemoryMarshal.Cast<byte, uint>(random.Next(run)).CopyTo(words);
            for (int i = 0; i < run; i++) words[i] = (words[i] & 0xFFFF0000) | (words[i] >> 16);
            backend.Upload(
                MemoryMarshal.AsBytes<uint>(words.AsSpan(0, run)), storage.Address + (nint)(done * sizeof(float)));
        }
        return storage;
    }
}
