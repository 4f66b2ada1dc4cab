using System.Diagnostics;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;

namespace CrossPT.Runner.Demo;

/// <summary>
/// The demo on all processors: the tasks are divided, and every part is worked on by one thread with a back end and a
/// copy of the model of its own. A step of a model this small has too little in it to be divided itself. What is a
/// task's own does not depend on the other tasks, so that the numbers are the same however many parts there are.
/// </summary>
internal sealed class DemoFleet : IDisposable
{
    private readonly IBackend[] _backends;
    private readonly DemoWorld[] _worlds;

    /// <summary>As many workers as back ends can be opened.</summary>
    /// <param name="open">Opens a back end of one thread.</param>
    /// <param name="workers">How many.</param>
    /// <param name="model">Folder of a model of an invented language; null for the demo's.</param>
    /// <exception cref="IOException">A file of the model is missing or broken; the message names it.</exception>
    public DemoFleet(Func<IBackend> open, int workers, string? model = null)
    {
        _backends = [.. Enumerable.Range(0, workers).Select(_ => open())];
        _worlds = Array.ConvertAll(_backends, backend => DemoWorld.Load(backend, model ?? DemoFiles.ModelFolder));
    }

    /// <summary>The language, and the model on the first back end.</summary>
    public DemoWorld World => _worlds[0];

    /// <summary>Tunes the source prompts.</summary>
    public DemoSources TrainSources(ulong seed, Action<TrainingStep> progress, CancellationToken cancellation) =>
        TrainSources(World.Language.Sources, DemoSources.Steps, seed, progress, cancellation);

    /// <summary>Tunes the source prompts of some tasks.</summary>
    public DemoSources TrainSources(
        IReadOnlyList<LanguageTask> all, int steps, ulong seed, Action<TrainingStep> progress,
        CancellationToken cancellation)
    {
        DemoSources[] parts = Each(worker => DemoSources.Train(
            _worlds[worker], [.. all.Where((_, place) => place % _worlds.Length == worker)], steps, seed,
            worker == 0 ? progress : static _ => { }, cancellation));
        (int Worker, int Place)[] where =
        [
            .. all.Select((_, place) => (place % _worlds.Length, place / _worlds.Length)),
        ];
        return new DemoSources(
            [.. where.Select(one => parts[one.Worker].Prompts[one.Place])],
            [.. where.Select(one => parts[one.Worker].Accuracies[one.Place])], parts.Sum(static part => part.Rows));
    }

    /// <summary>Prepares tasks to run methods on.</summary>
    public DemoRuns Prepare(DemoSources sources, DemoTask[] tasks, ulong seed, CancellationToken cancellation) =>
        new(this, sources, tasks, seed, cancellation);

    /// <summary>Frees the models and the back ends.</summary>
    public void Dispose()
    {
        foreach (DemoWorld world in _worlds) world.Dispose();
        foreach (IBackend backend in _backends) backend.Dispose();
    }

    private T[] Each<T>(Func<int, T> work)
    {
        T[] results = new T[_worlds.Length];
        Parallel.For(
            0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length },
            worker => results[worker] = work(worker));
        return results;
    }

    /// <summary>Methods run on one set of tasks.</summary>
    internal sealed class DemoRuns
    {
        private readonly DemoFleet _fleet;
        private readonly DemoTask[] _tasks;
        private readonly DemoRunner[] _byTask;
        private readonly DemoRunner[] _bySeed;

        internal DemoRuns(
            DemoFleet fleet, DemoSources sources, DemoTask[] tasks, ulong seed, CancellationToken cancellation)
        {
            (_fleet, _tasks) = (fleet, tasks);
            _byTask = Runners((_, place) => place);
            // All targets of a seed in one part, for methods whose tasks share what they learn.
            _bySeed = Runners(static (task, _) => task.Seed);

            DemoRunner[] Runners(Func<DemoTask, int, int> key) =>
                [
                    .. fleet._worlds.Select(
                        (world, worker) => new DemoRunner(
                            world, sources,
                            [.. tasks.Where((task, place) => key(task, place) % fleet._worlds.Length == worker)], seed,
                            cancellation))];
        }

        /// <summary>
        /// Of each task, the place of the source behind which the loss on the training examples is least; and forward
        /// rows a task.
        /// </summary>
        public (int[] Best, int RowsPerTask) Evidence()
        {
            SourceEvidence[] parts = Array.ConvertAll(_byTask, static runner => runner.ScaledEvidence);
            int[] best = new int[_tasks.Length];
            for (int part = 0; part < parts.Length; part++)
            {
                for (int i = 0; i < _byTask[part].Tasks.Count; i++)
                    best[Array.IndexOf(_tasks, _byTask[part].Tasks[i])] = parts[part].Best[i];
            }
            return (best, parts.Sum(static part => part.ForwardRows) / _tasks.Length);
        }

        /// <summary>The prompt that a task's private prompt starts from, by kind of start.</summary>
        public SourcePrompt StartOf(DemoStart start, DemoTask task) =>
            _byTask.First(runner => runner.Tasks.Contains(task)).StartOf(start, task);

        /// <summary>Runs a method on all tasks.</summary>
        /// <param name="method">The method.</param>
        /// <param name="trial">Which of its learning rates.</param>
        /// <param name="progress">
        /// Told after every step which share of the training is done, and the loss: of the first part of the tasks.
        /// </param>
        public DemoOutcome Run(DemoMethod method, int trial = 0, Action<double, double>? progress = null)
        {
            long start = Stopwatch.GetTimestamp();
            DemoRunner[] runners = method.SeedsApart ? _bySeed : _byTask;
            DemoOutcome[] parts = _fleet.Each(
                worker => runners[worker].Run(method, trial, worker == 0 ? progress : null));
            double[] accuracies = new double[_tasks.Length];
            DemoTaskResult[] results = new DemoTaskResult[_tasks.Length];
            double[][] logits = new double[_tasks.Length][], weights = new double[_tasks.Length][];
            for (int part = 0; part < parts.Length; part++)
            {
                for (int i = 0; i < runners[part].Tasks.Count; i++)
                {
                    int place = Array.IndexOf(_tasks, runners[part].Tasks[i]);
                    accuracies[place] = parts[part].Accuracies[i];
                    results[place] = parts[part].Results[i];
                    if (parts[part].Router is { } own)
                        (logits[place], weights[place]) = (own.Logits[i], own.Weights[i]);
                }
            }
            DemoOutcome first = parts.First(static part => part.Accuracies.Length > 0);
            RouterTable? router = first.Router is { } table
                ? table with
                {
                    Tasks = [.. _tasks.Select(static task => task.Name)],
                    Logits = logits,
                    Weights = weights,
                }
                : null;
            return first with
            {
                Results = results, Accuracies = accuracies, Router = router,
                Collapsed = parts.Sum(static part => part.Collapsed),
                Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            };
        }
    }
}
