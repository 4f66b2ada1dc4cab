using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// What the frozen model says of source prompts before anything is trained: its loss behind each alone on every task's
/// training examples. To start a router from it is selection by loss, and its forward rows belong to the budget of the
/// run.
/// </summary>
/// <param name="Losses">[K][S], the mean cross-entropy of a label token.</param>
/// <param name="ForwardRows">Examples that went through the model, each once behind every source prompt.</param>
public sealed record SourceEvidence(IReadOnlyList<double[]> Losses, int ForwardRows)
{
    /// <summary>What a logit falls to at most: beyond it, a worse loss says no more.</summary>
    private const double Deepest = 4;

    /// <summary>z_s = −min(loss_s − min loss, 4), [K][S].</summary>
    public IReadOnlyList<double[]> Logits => [.. Losses.Select(LogitsOf)];

    /// <summary>Place of the source prompt with the least loss, by task: what SPoT starts from.</summary>
    public IReadOnlyList<int> Best => [.. Losses.Select(static row => Array.IndexOf(row, row.Min()))];

    /// <summary>Measures the loss of every task behind every source prompt.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="sources">The S source prompts, at the length and size they will have.</param>
    /// <param name="tasks">The K tasks.</param>
    /// <param name="batch">Examples worked on together.</param>
    /// <param name="position">Where prompts stand.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentException">There is no source prompt or no example, sizes differ, or a loss is not
    /// finite.</exception>
    public static SourceEvidence Measure(
        T5Model model, IReadOnlyList<SourcePrompt> sources, IReadOnlyList<TrainingTask> tasks, int batch,
        PromptPosition position = PromptPosition.Before, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (sources.Count == 0) throw new ArgumentException("SourceEvidence: no source prompts.", nameof(sources));
        foreach (SourcePrompt source in sources)
        {
            if (source.Length == sources[0].Length && source.Width == model.Config.ModelWidth) continue;
            throw new ArgumentException(
                $"SourceEvidence: the source prompt '{source.Name}' [{source.Length}, {source.Width}], "
                + $"expected [{sources[0].Length}, {model.Config.ModelWidth}].", nameof(sources));
        }
        using TensorScope scope = new();
        float[] rows = [.. sources.SelectMany(static source => source.Rows.ToArray())];
        using TargetPrompts prompts = new(
            [.. sources.Select(static source => source.Name)],
            TensorData.FromSingles(model.Backend, rows, sources.Count * sources[0].Length, model.Config.ModelWidth),
            position);
        double[][] losses = new double[tasks.Count][];
        int forward = 0;
        for (int task = 0; task < tasks.Count; task++)
        {
            if (tasks[task].Examples.Count == 0)
            {
                throw new ArgumentException(
                    $"SourceEvidence: the task '{tasks[task].Name}' has no example.", nameof(tasks));
            }
            losses[task] = new double[sources.Count];
            for (int source = 0; source < sources.Count; source++)
            {
                double loss = Loss(model, prompts, source, tasks[task].Examples, batch, cancellation);
                if (!double.IsFinite(loss))
                {
                    throw new ArgumentException(
                        $"SourceEvidence: the loss of '{tasks[task].Name}' behind '{sources[source].Name}' is {loss}, "
                        + "expected a finite one.");
                }
                losses[task][source] = loss;
                forward += tasks[task].Examples.Count;
            }
        }
        return new SourceEvidence(losses, forward);
    }

    private static double[] LogitsOf(double[] losses)
    {
        double least = losses.Min();
        return Array.ConvertAll(losses, loss => -Math.Min(loss - least, Deepest));
    }

    private static double Loss(
        T5Model model, TargetPrompts prompts, int source, IReadOnlyList<EncodedExample> examples,
        int batch, CancellationToken cancellation)
    {
        double sum = 0;
        long tokens = 0;
        for (int first = 0; first < examples.Count; first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            EncodedExample[] part = [.. examples.Skip(first).Take(batch)];
            using TensorScope scope = new();
            using Tape tape = new(model.Backend, recording: false);
            Batch inputs = Batch.Create(source, part, prompts);
            TargetBatch targets = inputs.CreateTargets(model.Config);
            Tensor ones = tape.Allocate(targets.Labels.Length);
            tape.Backend.Elementwise.Fill(ones, 1);
            Variable states = inputs.Encode(tape, model, prompts);
            sum += model.Loss(tape, targets, states, inputs.Sources, ones).Value.ToScalar();
            tokens += targets.Labels.Length;
        }
        return sum / tokens;
    }
}
