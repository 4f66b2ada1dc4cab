using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrossPT.Autograd;
using CrossPT.TorchPeer;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

// The work of "crosspt bench step" and "bench gemm" in LibTorch, with the same keys in one line of JSON:
//   step small|base BATCH PROMPT SOURCE TARGET [--lengths FILE] [--sdpa] [--bf16]
//   gemm M N K [--transposed]
//   predict small|base BATCH PROMPT [--sdpa | --ours]
//                 ranks two labels for the source lengths on standard input, one a line: padded batches of sources
//                 sorted by length, or ours as the lines come; examples a second, the second pass over them
//   check         the loss and the prompt's gradient beside ours, from the same weights
// OMP_NUM_THREADS sets the threads.
string command = args.Length > 0 ? args[0] : "";
set_num_threads(int.Parse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS") ?? "2", CultureInfo.InvariantCulture));
switch (command)
{
    case "step": Step(args); return 0;
    case "gemm": Gemm(args); return 0;
    case "predict": Predict(args); return 0;
    case "check": return Check();
    default:
        Console.Error.WriteLine("torch-peer: expected step, gemm, predict or check");
        return 2;
}

static int Number(string[] args, int index) => int.Parse(args[index], CultureInfo.InvariantCulture);

static double Median(IEnumerable<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted[sorted.Length / 2];
}

static void Step(string[] args)
{
    const int warmUp = 2, steps = 5;
    T5Config config = T5Config.Preset($"t5-{args[1]}");
    int batch = Number(args, 2), promptLength = Number(args, 3), targets = Number(args, 5);
    int file = Array.IndexOf(args, "--lengths");
    int[] lengths = file < 0
        ? [.. Enumerable.Repeat(Number(args, 4), batch)]
        : [.. File.ReadLines(args[file + 1]).Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];
    int batches = file < 0 ? steps : lengths.Length / batch;
    ScalarType type = args.Contains("--bf16") ? bfloat16 : float32;
    manual_seed(1);
    TorchT5 model = new(
        config, (_, sizes) => (randn(sizes) * Math.Pow(sizes[^1], -0.5)).to(type), fused: args.Contains("--sdpa"));
    TorchSharp.Modules.Parameter prompt = new((randn(promptLength, config.ModelWidth) * 0.5).to(type));
    optim.Optimizer optimizer = optim.AdamW([prompt], lr: 0.3);
    List<double> forward = [], backward = [], whole = [];
    for (int i = -warmUp; i < batches; i++)
    {
        using IDisposable scope = NewDisposeScope();
        int[] own = file < 0 ? lengths : lengths[(Math.Max(i, 0) * batch)..((Math.Max(i, 0) + 1) * batch)];
        Tensor mask = zeros(batch, promptLength + own.Max());
        for (int row = 0; row < batch; row++) mask[row].slice(0, 0, promptLength + own[row], 1).fill_(1);
        Tensor ids = randint(2, 32000, [batch, own.Max()], int64), labels = randint(2, 32000, [batch, targets], int64);
        optimizer.zero_grad();
        Stopwatch watch = Stopwatch.StartNew();
        Tensor loss = model.Loss(prompt, ids, mask, labels);
        double after = watch.Elapsed.TotalMilliseconds;
        loss.backward();
        double back = watch.Elapsed.TotalMilliseconds;
        optimizer.step();
        if (i < 0) continue;
        forward.Add(after);
        backward.Add(back - after);
        whole.Add(watch.Elapsed.TotalMilliseconds);
    }
    using Process process = Process.GetCurrentProcess();
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        forward_ms = Median(forward),
        backward_ms = Median(backward),
        step_ms = Median(whole),
        steps = whole.Count,
        total_ms = whole.Sum(),
        peak_rss_mb = process.PeakWorkingSet64 / (double)(1 << 20),
    }));
}

// X [M, K] by a weight [N, K], or dY [M, N] by the same.
static void Gemm(string[] args)
{
    const int samples = 15;
    int m = Number(args, 1), n = Number(args, 2), k = Number(args, 3);
    bool transposed = args.Contains("--transposed");
    using IDisposable mode = no_grad();
    Tensor x = randn(m, transposed ? n : k), weight = randn(n, k);
    List<double> rates = [];
    for (int i = 0; i < 2 * samples; i++)
    {
        int calls = 0;
        Stopwatch watch = Stopwatch.StartNew();
        for (; watch.Elapsed.TotalMilliseconds < 20; calls++)
        {
            using Tensor y = transposed ? matmul(x, weight) : F.linear(x, weight);
        }
        if (i >= samples) rates.Add(2.0 * m * n * k * calls / watch.Elapsed.TotalSeconds * 1e-9);
    }
    Console.WriteLine(JsonSerializer.Serialize(new { gflops_median = Median(rates), gflops_max = rates.Max() }));
}

static void Predict(string[] args)
{
    T5Config config = T5Config.Preset($"t5-{args[1]}");
    int batch = Number(args, 2), promptLength = Number(args, 3);
    List<int> lengths = [];
    while (Console.ReadLine() is { } line) lengths.Add(int.Parse(line, CultureInfo.InvariantCulture));
    Action pass;
    if (args.Contains("--ours"))
    {
        string threads = Environment.GetEnvironmentVariable("OMP_NUM_THREADS") ?? "2";
        CpuBackend backend = new(int.Parse(threads, CultureInfo.InvariantCulture));
        T5Model model = T5Model.Random(config, backend, seed: 1);
        pass = OurPass(model, lengths, batch, promptLength);
    }
    else
    {
        TorchT5 model = new(
            config, (_, sizes) => randn(sizes) * Math.Pow(sizes[^1], -0.5), fused: args.Contains("--sdpa"));
        lengths.Sort();
        pass = TheirPass(model, config, lengths, batch, promptLength);
    }
    pass();
    TimeSpan before = Environment.CpuUsage.TotalTime;
    Stopwatch watch = Stopwatch.StartNew();
    pass();
    double seconds = watch.Elapsed.TotalSeconds;
    double cpuSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    using Process process = Process.GetCurrentProcess();
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        examples = lengths.Count,
        seconds,
        cpu_seconds = cpuSeconds,
        examples_per_second = lengths.Count / seconds,
        peak_rss_mb = process.PeakWorkingSet64 / (double)(1 << 20),
    }));
}

// Two labels of one piece and the end of sequence, as most tasks have.
static Action TheirPass(TorchT5 model, T5Config config, List<int> lengths, int batch, int promptLength)
{
    Tensor prompt = randn(promptLength, config.ModelWidth) * 0.5;
    Tensor[] labels = [tensor(new long[] { 20, 1 }), tensor(new long[] { 21, 1 })];
    return () =>
    {
        using IDisposable mode = no_grad();
        foreach (int[] own in lengths.Chunk(batch))
        {
            using IDisposable scope = NewDisposeScope();
            Tensor mask = zeros(own.Length, promptLength + own.Max());
            for (int row = 0; row < own.Length; row++) mask[row].slice(0, 0, promptLength + own[row], 1).fill_(1);
            _ = model.Rank(prompt, randint(2, 32000, [own.Length, own.Max()], int64), mask, labels).data<float>()[0];
        }
    };
}

static Action OurPass(T5Model model, List<int> lengths, int batch, int promptLength)
{
    int width = model.Config.ModelWidth;
    float[] start = [.. Enumerable.Range(0, promptLength * width).Select(static i => MathF.Sin(i) / 2)];
    Variable prompt = Variable.Constant(TensorData.FromSingles(model.Backend, start, promptLength, width));
    int[][] labels = [[20, 1], [21, 1]];
    int[] promptRows = [.. Enumerable.Range(0, promptLength)];
    return () =>
    {
        foreach (int[] own in lengths.Chunk(batch))
        {
            SequenceOffsets offsets = SequenceOffsets.FromLengths(Array.ConvertAll(own, one => promptLength + one));
            int[] ids = [.. own.SelectMany(one => Enumerable.Range(0, promptLength + one))];
            int[] places = [.. own.SelectMany(one => promptRows.Concat(Enumerable.Repeat(-1, one)))];
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Variable states = model.Encode(tape, model.Embed(tape, ids, prompt, places), offsets);
            _ = model.Rank(states.Value, offsets, labels);
        }
    };
}

// Relative to the largest element of the gradient; bfloat16 keeps 8 bits.
static int Check()
{
    T5Config config = new()
    {
        VocabularySize = 300, ModelWidth = 64, HeadWidth = 16, Heads = 4, FeedForwardWidth = 96, EncoderLayers = 2,
        DecoderLayers = 2,
    };
    int[][] sources = [[5, 6, 7, 8, 9], [10, 11], [12, 13, 14]], labels = [[20, 21, 1], [22, 23, 1], [24, 25, 1]];
    const int promptLength = 4;
    string folder = Directory.CreateTempSubdirectory("torch-peer").FullName;
    using CpuBackend backend = new();
    using T5Model ours = T5Model.Random(config, backend, seed: 3);
    ours.Save(folder);
    float[] start = [.. Enumerable.Range(0, promptLength * config.ModelWidth).Select(static i => MathF.Sin(i) / 2)];
    using Variable prompt = Variable.Parameter(
        TensorData.FromSingles(backend, start, promptLength, config.ModelWidth));
    double loss = Ours(ours, prompt, sources, labels);
    float[] gradient = prompt.Gradient!.ToSingles();
    float largest = gradient.Max(MathF.Abs);

    using ITensorSource weights = TensorFiles.Open(folder);
    bool agrees = true;
    foreach ((bool fused, ScalarType type, double tolerance) in new[]
    {
        (false, float32, 1e-4), (true, float32, 1e-4), (false, bfloat16, 0.1), (true, bfloat16, 0.1),
    })
    {
        TorchT5 model = new(config, (name, sizes) => tensor(weights.ReadSingles(name), sizes).to(type), fused);
        TorchSharp.Modules.Parameter theirs = new(tensor(start, promptLength, config.ModelWidth).to(type));
        int longest = sources.Max(static source => source.Length);
        Tensor mask = zeros(sources.Length, promptLength + longest), ids = zeros([sources.Length, longest], int64);
        for (int row = 0; row < sources.Length; row++)
        {
            mask[row].slice(0, 0, promptLength + sources[row].Length, 1).fill_(1);
            for (int i = 0; i < sources[row].Length; i++) ids[row, i] = sources[row][i];
        }
        long[] flat = [.. labels.SelectMany(static label => label).Select(static id => (long)id)];
        Tensor targets = tensor(flat, labels.Length, flat.Length / labels.Length);
        Tensor value = model.Loss(theirs, ids, mask, targets);
        value.backward();
        float[] other = theirs.grad!.to(float32).data<float>().ToArray();
        double difference = gradient.Zip(other, static (a, b) => MathF.Abs(a - b)).Max() / largest;
        double ofLoss = Math.Abs(value.to(float32).item<float>() - loss) / loss;
        bool good = difference < tolerance && ofLoss < tolerance;
        agrees &= good;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(fused ? "fused" : "eager")} {type}: loss differs by {ofLoss:E1}, the gradient by {difference:E1}: "
                + $"{(good ? "agrees" : "DIFFERS")}"));
    }
    Directory.Delete(folder, recursive: true);
    return agrees ? 0 : 1;
}

static double Ours(T5Model model, Variable prompt, int[][] sources, int[][] labels)
{
    int rows = prompt.Shape[0];
    SequenceOffsets offsets = SequenceOffsets.FromLengths(Array.ConvertAll(sources, source => rows + source.Length));
    int[] ids = [.. sources.SelectMany(source => Enumerable.Repeat(0, rows).Concat(source))];
    int[] places = [.. sources.SelectMany(source => Enumerable.Range(0, rows).Concat(source.Select(static _ => -1)))];
    using TensorScope scope = new();
    using Tape tape = new(model.Backend);
    Variable states = model.Encode(tape, model.Embed(tape, ids, prompt, places), offsets);
    Variable loss = model.Loss(tape, TargetBatch.Create(model.Config, labels), states, offsets);
    double value = loss.Value.ToScalar();
    tape.Backward(loss);
    return value;
}
