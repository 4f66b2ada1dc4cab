using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Evaluation;

/// <summary>How well a target prompt does on examples of its task.</summary>
public sealed class TaskEvaluation
{
    private TaskEvaluation(
        TaskDeclaration task, EvaluationMethod method, double[][] scores, string[] texts, TaskOutcome outcome)
    {
        (Task, Method, Scores, Texts, Outcome) = (task, method, scores, texts, outcome);
        MetricValue[] values = [.. task.Metrics.Select(outcome.Measure)];
        Metrics = [.. values.Select(static one => (one.Metric, one.Value))];
        Remarks = [.. values.Select(static one => one.Remark).OfType<string>()];
        TaskOutcome majority = outcome.Majority();
        MajorityMetrics = [.. task.Metrics.Select(metric => (metric, majority.Measure(metric).Value))];
    }

    /// <summary>The task.</summary>
    public TaskDeclaration Task { get; }

    /// <summary>How the predictions came about.</summary>
    public EvaluationMethod Method { get; }

    /// <summary>Log-likelihoods [examples][labels or candidates]; empty for greedy decoding.</summary>
    public IReadOnlyList<double[]> Scores { get; }

    /// <summary>Texts of greedy decoding; empty for ranking.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Predictions and right answers.</summary>
    public TaskOutcome Outcome { get; }

    /// <summary>
    /// The predicted label or candidate of each example by place; −1 where greedy decoding wrote none.
    /// </summary>
    public IReadOnlyList<int> Predicted => Outcome.Predicted;

    /// <summary>The right label of each example.</summary>
    public IReadOnlyList<int> Actual => Outcome.Actual;

    /// <summary>The task's metrics, each in 0 to 1, correlations in −1 to 1, errors in the scores' unit.</summary>
    public IReadOnlyList<(TaskMetric Metric, double Value)> Metrics { get; }

    /// <summary>
    /// Metrics of the majority baseline: the most frequent answer, or the mean score, for every example.
    /// </summary>
    public IReadOnlyList<(TaskMetric Metric, double Value)> MajorityMetrics { get; }

    /// <summary>Metrics that are not defined here and count as 0, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Whether all predictions are the same though the right answers are not.</summary>
    public bool Collapsed => Outcome.Collapsed;

    /// <summary>Evaluates a prompt on examples.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The target prompts.</param>
    /// <param name="codec">The task, which is one of the prompts'.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="batch">Texts worked on together.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentException">There is no prompt for the task, or no example.</exception>
    public static TaskEvaluation Run(
        T5Model model, ITargetPrompts prompts, TaskCodec codec, IReadOnlyList<EncodedExample> examples, int batch,
        CancellationToken cancellation = default) =>
        Run(model, prompts, codec, examples, batch, EvaluationMethod.Ranked, cancellation);

    /// <summary>Evaluates a prompt on examples, by ranking or by greedy decoding.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="prompts">The target prompts.</param>
    /// <param name="codec">The task, which is one of the prompts'.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="batch">Texts worked on together.</param>
    /// <param name="method">How predictions come about.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <exception cref="ArgumentException">There is no prompt for the task, or no example.</exception>
    public static TaskEvaluation Run(
        T5Model model, ITargetPrompts prompts, TaskCodec codec, IReadOnlyList<EncodedExample> examples, int batch,
        EvaluationMethod method,
        CancellationToken cancellation = default, IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(examples);
        int task = prompts.Tasks.ToList().IndexOf(codec.Task.Name);
        if (task < 0)
            throw new ArgumentException(
                $"There is no prompt for the task '{codec.Task.Name}', only for {string.Join(", ", prompts.Tasks)}.",
                nameof(codec));
        if (method == EvaluationMethod.Greedy)
        {
            string[] texts = LabelGeneration.Texts(
                model, prompts, task, codec, examples, batch, cancellation, progress);
            return new TaskEvaluation(codec.Task, method, [], texts, Outcomes.OfTexts(codec.Task, examples, texts));
        }
        double[][] scores = LabelRanking.LogLikelihoods(
            model, prompts, task, examples, codec.LabelIds, batch, cancellation, progress);
        return new TaskEvaluation(
            codec.Task, method, scores, [],
            Outcomes.OfPlaces(codec.Task, examples, Array.ConvertAll(scores, static one => LabelRanking.Best(one))));
    }

    /// <summary>Whether two evaluations agree to the last bit in every score, or in every text.</summary>
    public bool EqualsBitwise(TaskEvaluation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Method == other.Method && Texts.SequenceEqual(other.Texts) && Scores.Count == other.Scores.Count
            && Scores.Zip(other.Scores).All(static pair =>
            pair.First.Select(BitConverter.DoubleToInt64Bits)
                .SequenceEqual(pair.Second.Select(BitConverter.DoubleToInt64Bits)));
    }
}

/// <summary>Writes answers by greedy decoding.</summary>
internal static class LabelGeneration
{
    /// <summary>Tokens beyond the longest answer, so that a text that only begins like it is told apart.</summary>
    private const int Margin = 5;

    public static string[] Texts(
        T5Model model, ITargetPrompts prompts, int task, TaskCodec codec, IReadOnlyList<EncodedExample> examples,
            int batch,
        CancellationToken cancellation, IProgress<WorkProgress>? progress)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        List<string> texts = [];
        foreach (EncodedExample[] part in examples.Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            int longest = part.SelectMany(one => one.Candidates ?? codec.LabelIds).Max(static ids => ids.Length);
            Batch inputs = Batch.Create(task, part, prompts);
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Variable states = inputs.Encode(tape, model, prompts);
            foreach (int[] ids in model.Generate(states.Value, inputs.Sources, longest + Margin))
                texts.Add(codec.DecodeAnswer(ids));
            progress?.Report(LabelRanking.Done(codec.Task.Name, texts.Count, examples.Count));
        }
        return [.. texts];
    }
}

/// <summary>Turns predictions into what metrics are measured on.</summary>
internal static class Outcomes
{
    /// <summary>Of ranked places.</summary>
    public static TaskOutcome OfPlaces(TaskDeclaration task, IReadOnlyList<EncodedExample> examples, int[] places) =>
        Create(
        task, examples, places, [.. places.Select((place, i) => examples[i].Example?.Candidates?[place] ?? "")],
        [.. places.Select(place => task.Scale?.ScoreAt(place) ?? 0)]);

    /// <summary>Of generated texts: each is a label word, candidate or number as it stands, or none.</summary>
    public static TaskOutcome OfTexts(TaskDeclaration task, IReadOnlyList<EncodedExample> examples, string[] texts)
    {
        string[] words = [.. task.Labels.Select(static label => label.Word)];
        int[] places = [.. texts.Select((text, i) => Find(examples[i].Example?.Candidates ?? words, text))];
        return Create(
            task, examples, places, texts,
            [.. texts.Select(static text => TaskScale.Parse(text) ?? TaskScale.Unparsable)]);
    }

    private static TaskOutcome Create(
        TaskDeclaration task, IReadOnlyList<EncodedExample> examples, int[] places, string[] texts, double[] scores)
    {
        TaskOutcome outcome = new() { Predicted = places, Actual = [.. examples.Select(static one => one.Label)] };
        if (examples.All(static one => one.Example?.Group is not null))
            outcome = outcome with { Groups = [.. examples.Select(static one => one.Example!.Group!)] };
        return task.Kind switch
        {
            TaskKind.Scores => outcome with
            {
                PredictedScores = scores,
                ActualScores = [.. examples.Select(one => one.Example?.Score ?? task.Scale!.ScoreAt(one.Label))],
            },
            TaskKind.Candidates =>
                outcome with
                {
                    Texts = texts,
                    Answers = [.. examples.Select(static one => one.Example?.Answers ?? [])],
                },
            _ => outcome,
        };
    }

    private static int Find(IReadOnlyList<string> words, string text)
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i].Trim() == text) return i;
        }
        return -1;
    }
}
