using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// Runs in this process, some at a time: each with a back end of its own and its share of the threads, all with one
/// frozen model in memory. Numbers do not depend on how many there are, for results do not depend on threads.
/// </summary>
internal sealed class LocalEngine(SweepFolder folder, SweepProgress progress, CancellationToken cancellation)
{
    private readonly Lock _gate = new();

    /// <summary>Does runs, the first ones first.</summary>
    /// <param name="runs">The runs to do.</param>
    /// <param name="threads">Threads of each lane; as many lanes as entries.</param>
    /// <param name="models">Models in memory; told of each run before.</param>
    /// <param name="open">Opens a back end of some threads.</param>
    /// <exception cref="OperationCanceledException">It was stopped; every run at work has its checkpoint.</exception>
    public void Do(
        IReadOnlyList<SweepRun> runs, IReadOnlyList<int> threads, SharedModels models, Func<int, IBackend> open)
    {
        Queue<SweepRun> waiting = new(runs);
        SweepWork work = new(folder, models);
        Exception? error = null;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Thread[] lanes =
        [
            .. threads.Select(
                (share, lane) => new Thread(() => Work(share))
                {
                    Name = FormattableString.Invariant($"CrossPT sweep {lane}"),
                }),
        ];
        foreach (Thread lane in lanes) lane.Start();
        foreach (Thread lane in lanes) lane.Join();
        cancellation.ThrowIfCancellationRequested();
        if (error is not null) throw error;

        void Work(int share)
        {
            try
            {
                while (Next() is { } run)
                {
                    if (work.Do(run, () => open(share), progress, stop.Token) == WorkOutcome.Taken)
                        progress.Tell($"{run.Name}: left to another process, which has it");
                    models.Release(run.Configuration.Model);
                }
            }
            catch (OperationCanceledException)
            {
                // Told by who waits for all lanes.
            }
            catch (Exception failure)
            {
                lock (_gate) error ??= failure;
                stop.Cancel();
            }
        }

        SweepRun? Next()
        {
            lock (_gate) return !stop.IsCancellationRequested && waiting.TryDequeue(out SweepRun? run) ? run : null;
        }
    }

    /// <summary>Threads of each lane: as even as they go into the lanes, and one at least.</summary>
    public static int[] Share(int threads, int lanes) =>
        [.. Enumerable.Range(0, lanes)
            .Select(lane => Math.Max(1, (threads / lanes) + (lane < threads % lanes ? 1 : 0)))];
}

/// <summary>How many runs at a time.</summary>
internal static class SweepLanes
{
    /// <summary>As many as there are threads, runs, and room in the memory that is free now; one at least.</summary>
    /// <param name="configurations">The runs that are to be done.</param>
    /// <param name="threads">Threads in all.</param>
    /// <param name="availableBytes">Free memory.</param>
    public static int Fit(IReadOnlyList<RunConfiguration> configurations, int threads, long availableBytes)
    {
        Dictionary<string, T5Config> models = [];
        foreach (RunConfiguration one in configurations) models.TryAdd(one.Model, T5Model.ReadConfig(one.Model));
        long[] needed = [.. configurations.Select(one => RunMemory.Of(one, models[one.Model])).OrderDescending()];
        long left = availableBytes - models.Values.Sum(RunMemory.Weights);
        // The largest could come together.
        int lanes = needed.TakeWhile(bytes => (left -= bytes) >= 0).Count();
        return Math.Clamp(Math.Min(lanes, threads), 1, Math.Max(1, configurations.Count));
    }

    /// <summary>The same on this machine.</summary>
    public static int Fit(IReadOnlyList<RunConfiguration> configurations, int threads) =>
        Fit(configurations, threads, SystemMemory.Read().AvailableBytes);
}

/// <summary>
/// Memory of a run beside the shared model, estimated without running it: the activations that the backward pass
/// needs, at the longest texts the configuration lets through. Most runs need less; nothing guarantees it.
/// </summary>
internal static class RunMemory
{
    /// <summary>Memory of a back end and a run's data, however small the run.</summary>
    private const long Least = 64L << 20;

    /// <summary>Bytes of a run beside the weights it shares.</summary>
    public static long Of(RunConfiguration configuration, T5Config model)
    {
        int prompt = configuration.TrainsModel ? 0 : configuration.Prompt.Length ?? 10;
        int tasks = configuration.Training.Batching == Batching.Together ? configuration.Tasks.Count : 1;
        long examples = (long)configuration.Training.Batch * tasks;
        long rows = examples * (configuration.Data.SourceLength + prompt);
        long attention = (long)model.Heads * model.HeadWidth;
        // Kept of a block: its input twice (as it is and normed) for both halves, queries, keys, values and the
        // attention's result, the hidden layer.
        // Of that, ReLU keeps a bit an element before the activation, other functions the element.
        long hidden = model.IsGated ? 3 : model.Activation == Activation.Relu ? 1 : 2;
        long block = (4L * model.ModelWidth) + (4 * attention) + (hidden * model.FeedForwardWidth);
        long activations =
            rows * sizeof(float) * ((block * model.EncoderLayers) + (2 * attention * model.DecoderLayers));
        // The head's logits and their gradient over a few label tokens an example.
        long logits = examples * 4 * 2 * model.VocabularySize * sizeof(float);
        // Weights that are trained: themselves, gradient, two moments, the last good ones.
        return Least + activations + logits + (configuration.TrainsModel ? 5 * Weights(model) : 0);
    }

    /// <summary>Bytes of a model's weights.</summary>
    public static long Weights(T5Config model)
    {
        long attention = 4L * model.ModelWidth * model.Heads * model.HeadWidth;
        long feedForward = (model.IsGated ? 3L : 2L) * model.ModelWidth * model.FeedForwardWidth;
        long embeddings = (model.TieWordEmbeddings ? 1L : 2L) * model.VocabularySize * model.ModelWidth;
        return sizeof(float)
            * (embeddings + (model.EncoderLayers * (attention + feedForward))
                + (model.DecoderLayers * ((2 * attention) + feedForward)));
    }
}
