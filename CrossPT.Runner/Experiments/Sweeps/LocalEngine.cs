using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// Runs in this process, some at a time: each with a back end of its own and its share of the threads, all with one
/// frozen model in memory. Numbers do not depend on how many there are, for results do not depend on threads.
/// </summary>
internal sealed class LocalEngine(SweepFolder folder, SweepProgress progress, CancellationToken cancellation)
{
    private readonly Lock _gate = new();

    /// <summary>Does runs, the first ones first.</summary>
    /// <param name="runs">What is to be done.</param>
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
