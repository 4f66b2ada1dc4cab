using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// What short trials of training say of where a task's prompt should start. The candidates are the sources with the
/// least loss, each taken whole, the even mixture of two with the least loss, and no source; a is a row of the router
/// over the sources and a null column of zeros:
/// <code>
/// source b           a = e_b              P_k = 0
/// sources b and c    a = ½ e_b + ½ e_c    P_k = 0
/// no source          a = e_null           P_k from the vocabulary
/// </code>
/// The prompt of each is trained for the first steps of the run's own schedule (of 400 steps, where the run has more),
/// all on the same batches. The candidate with the least mean training loss over the last third of these steps is
/// taken, and training then begins anew.
/// </summary>
/// <remarks>
/// The loss of a source as it is says whether it answers the task now, not whether it soon would: a source that is sure
/// of other label words has to be unlearned, and one that answers at random with the right words has a small loss.
/// </remarks>
/// <param name="Weights">[K][S + 1] of the candidates taken, the null column last.</param>
/// <param name="Starts">First rows of the private prompts, K.</param>
/// <param name="Losses">The trials' losses of each task's candidates, K.</param>
/// <param name="Rows">Examples that went forward and backward.</param>
/// <param name="ForwardRows">Examples that went forward behind mixtures, to find the one that is tried.</param>
public sealed record SourceTrials(
    IReadOnlyList<double[]> Weights, IReadOnlyList<SourcePrompt> Starts,
    IReadOnlyList<IReadOnlyList<(string Candidate, double Loss)>> Losses, long Rows, int ForwardRows)
{
    /// <summary>Share of the training's steps that a trial takes.</summary>
    public const double Share = 0.3;

    /// <summary>
    /// Steps of the longest training that a trial is the beginning of: trials of a longer one have this schedule.
    /// </summary>
    private const int Longest = 400;

    /// <summary>Sources that are tried, those with the least loss.</summary>
    public const int Sources = 3;

    /// <summary>Sources whose mixtures of two are measured, those with the least loss.</summary>
    private const int Mixed = 6;

    /// <summary>Weight in place of 0, which has no logit.</summary>
    private const double Least = 1e-4;

    /// <summary>The weights as logits of a softmax, log max(a, 0.0001) [K][S + 1].</summary>
    public IReadOnlyList<double[]> Logits =>
        [.. Weights.Select(static row => Array.ConvertAll(row, static a => Math.Log(Math.Max(a, Least))))];

    /// <summary>Steps of all trials of one task, of so many sources and steps of the training.</summary>
    public static int StepsOf(int sources, int training)
    {
        int candidates = Math.Min(Sources, sources) + (sources > 1 ? 1 : 0) + 1;
        return candidates * LengthOf(training);
    }

    /// <summary>Steps of one trial.</summary>
    public static int LengthOf(int training) => Math.Max(1, (int)Math.Round(Share * Math.Min(training, Longest)));

    /// <summary>Every task at the null column from zeros: for sizes and times, not for training.</summary>
    internal static SourceTrials None(PromptPlan plan)
    {
        SourcePrompt zeros = Zeros(plan);
        return new SourceTrials(
            [.. plan.Tasks.Select(_ => Unit(plan.Sources.Count, plan.Sources.Count + 1))],
            [.. plan.Tasks.Select(_ => zeros)], [], 0, 0);
    }

    /// <summary>The plan with the null column among its sources, and every task at the candidate it takes.</summary>
    internal PromptPlan Plan(PromptPlan plan) => plan with
    {
        Sources = [.. plan.Sources, Zeros(plan)],
        Evidence = Logits,
        Prompt = plan.Prompt with
        {
            Private = plan.Prompt.Private with { Start = new StartSettings { Kind = PromptStart.Tuned } },
        },
        Starts = plan.Tasks.Zip(Starts).ToDictionary(static pair => pair.First, static pair => pair.Second),
    };

    /// <summary>Runs the trials of all tasks side by side.</summary>
    /// <param name="plan">
    /// The run's: model, tasks, sources at the length and size they will have, form of private prompts.
    /// </param>
    /// <param name="evidence">The losses behind the sources.</param>
    /// <param name="tasks">The K tasks.</param>
    /// <param name="settings">The run's training.</param>
    /// <param name="progress">Told after every step of all trials.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TrainingDivergedException">A trial diverged.</exception>
    public static SourceTrials Run(
        PromptPlan plan, SourceEvidence evidence, IReadOnlyList<TrainingTask> tasks, TrainingSettings settings,
        Action<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        List<Candidate> candidates = [];
        int forward = 0;
        for (int k = 0; k < tasks.Count; k++)
        {
            int[] best = [.. Enumerable.Range(0, plan.Sources.Count).OrderBy(source => evidence.Losses[k][source])];
            foreach (int source in best.Take(Sources)) candidates.Add(Candidate.Of(plan, k, source));
            if (best.Length > 1)
            {
                Candidate[] mixtures = Mixtures(plan, k, [.. best.Take(Mixed)]);
                SourceEvidence measured = SourceEvidence.Measure(
                    plan.Model, [.. mixtures.Select(static one => one.Prompt)], [tasks[k]], settings.Batch,
                    plan.Prompt.Position, cancellation);
                candidates.Add(mixtures[measured.Best[0]]);
                forward += measured.ForwardRows;
            }
            candidates.Add(Candidate.None(plan, k, tasks[k].Name));
        }
        int steps = LengthOf(settings.Steps);
        double[] losses = Train(plan, candidates, tasks, settings, steps, progress, cancellation);
        var byTask = candidates.Zip(losses).ToLookup(static pair => pair.First.Task);
        Candidate[] taken =
        [
            .. Enumerable.Range(0, tasks.Count).Select(k => byTask[k].MinBy(static pair => pair.Second).First),
        ];
        return new SourceTrials(
            [.. taken.Select(static one => one.Weights)],
            [.. taken.Select(one => one.IsNone ? one.Prompt : Zeros(plan))],
            [
                .. Enumerable.Range(0, tasks.Count).Select(k => byTask[k]
                    .Select(static pair => (pair.First.Name, pair.Second)).ToArray()),
            ],
            (long)steps * BatchOf(settings, tasks.Count) * candidates.Count, forward);
    }

    /// <summary>The even mixtures of two of <paramref name="sources"/>.</summary>
    private static Candidate[] Mixtures(PromptPlan plan, int task, int[] sources) =>
    [
        .. sources.SelectMany(
            (first, place) => sources.Skip(place + 1).Select(second => Candidate.Of(plan, task, first, second))),
    ];

    /// <summary>Examples of each candidate in a step: as many as its task has in a step of the training.</summary>
    private static int BatchOf(TrainingSettings settings, int tasks) => settings.Batching == Batching.Mixed
        ? (settings.Batch + tasks - 1) / tasks
        : settings.Batch;

    /// <summary>Mean training loss of every candidate over the last third of its steps.</summary>
    private static double[] Train(
        PromptPlan plan, List<Candidate> candidates, IReadOnlyList<TrainingTask> tasks, TrainingSettings settings,
        int steps, Action<TrainingStep>? progress, CancellationToken cancellation)
    {
        TrainingTask[] trials =
        [
            .. candidates.Select((one, place) => tasks[one.Task] with { Name = $"{tasks[one.Task].Name}#{place}" }),
        ];
        using PromptMethod prompts = PromptMethod.Create(plan with
        {
            Prompt = new PromptSettings
            {
                Length = plan.Sources[0].Length,
                Position = plan.Prompt.Position,
                Private = plan.Prompt.Private with { Start = new StartSettings { Kind = PromptStart.Tuned } },
            },
            Router = new RouterSettings { Kind = RouterKind.None },
            Tasks = [.. trials.Select(static trial => trial.Name)],
            Evidence = null,
            Starts = candidates.Zip(trials).ToDictionary(
                static pair => pair.Second.Name, static pair => pair.First.Prompt),
        });
        TrainingSettings own = settings with
        {
            Batching = settings.Batching == Batching.Mixed ? Batching.PerTask : settings.Batching,
            Batch = BatchOf(settings, tasks.Count),
            Steps = Math.Min(settings.Steps, Longest),
            EvaluateEvery = 0,
            Patience = 0,
            Selection = PromptSelection.Last,
        };
        using Trainer trainer = new(plan.Model, prompts, trials, own, plan.Seed);
        double[] sums = new double[trials.Length];
        int from = steps * 2 / 3;
        for (int step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            TrainingStep done = trainer.Step();
            progress?.Invoke(done);
            if (step < from) continue;
            for (int i = 0; i < trials.Length; i++) sums[i] += done.TaskLosses[trials[i].Name];
        }
        return Array.ConvertAll(sums, sum => sum / (steps - from));
    }

    private static SourcePrompt Zeros(PromptPlan plan)
    {
        SourcePrompt first = plan.Sources[0];
        return new SourcePrompt(SourcePrompt.NullName, new float[first.Rows.Length], first.Width);
    }

    private static double[] Unit(int place, int count)
    {
        double[] row = new double[count];
        row[place] = 1;
        return row;
    }

    /// <summary>A start of a task's prompt.</summary>
    /// <param name="Task">Place of the task.</param>
    /// <param name="Weights">a [S + 1], the null column last.</param>
    /// <param name="Prompt">The prompt that a and P_k compose to.</param>
    private sealed record Candidate(int Task, double[] Weights, SourcePrompt Prompt)
    {
        public string Name => Prompt.Name;

        public bool IsNone => Weights[^1] == 1;

        /// <summary>Sources of equal weight, and no private prompt.</summary>
        public static Candidate Of(PromptPlan plan, int task, params int[] sources)
        {
            SourcePrompt first = plan.Sources[sources[0]];
            double[] weights = new double[plan.Sources.Count + 1];
            float[] rows = new float[first.Rows.Length];
            foreach (int source in sources)
            {
                weights[source] = 1.0 / sources.Length;
                for (int i = 0; i < rows.Length; i++) rows[i] += plan.Sources[source].Rows[i] / sources.Length;
            }
            string name = string.Join(" + ", sources.Select(source => plan.Sources[source].Name));
            return new Candidate(task, weights, new SourcePrompt(name, rows, first.Width));
        }

        /// <summary>The null column, and a private prompt from the vocabulary.</summary>
        public static Candidate None(PromptPlan plan, int task, string name)
        {
            int sources = plan.Sources.Count;
            SourcePrompt first = plan.Sources[0];
            float[] rows = PromptStarts.Create(
                PromptStart.Vocabulary, plan.Model, first.Length, plan.Seed, name);
            return new Candidate(
                task, Unit(sources, sources + 1), new SourcePrompt(SourcePrompt.NullName, rows, first.Width));
        }
    }
}
