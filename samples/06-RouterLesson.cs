using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 6. A source bank is S finished prompts; a router is S free numbers z. The prompt a task reads is Σ
/// softmax(z)_s · source_s, and its loss moves z toward the sources that help. Here one source was tuned on the very
/// task, two are noise, and 3 numbers are all that is trained.
/// </summary>
internal static class RouterLesson
{
    internal sealed record Outcome(double[] Weights, double FirstLoss, double LastLoss);

    public static Outcome Run(TextWriter output)
    {
        using CpuBackend backend = new(threads: 1);
        using T5Model model = T5Model.Load(Lesson.TinyModel, backend);
        using Variable relative = PromptLesson.Start(model, seed: 3);
        using Variable noise = PromptLesson.Start(model, seed: 4);
        using Variable other = PromptLesson.Start(model, seed: 5);
        PromptLesson.Tune(model, relative, ToyTask.Draw(model.Config, 32, seed: 1));

        // Each source is one row of the bank [S, P·H], so that the average of all of them is one product. A constant:
        // the sources are frozen.
        int rows = relative.Shape[0], width = relative.Shape[1];
        float[] numbers = [.. noise.Value.ToSingles(), .. relative.Value.ToSingles(), .. other.Value.ToSingles()];
        using Tensor bank = TensorData.FromSingles(backend, numbers, 3, rows * width);
        using Variable logits = Variable.Parameter(TensorData.FromSingles(backend, [0, 0, 0], 1, 3));

        (int[][], int[][]) examples = ToyTask.Draw(model.Config, 32, seed: 6);
        using AdamW optimizer = new(
            [new ParameterGroup("router", [new NamedParameter("logits", logits)], learningRate: 0.2)]);
        double first = 0, last = 0;
        for (int step = 0; step < 40; step++)
        {
            using TensorScope scope = new();
            using Tape tape = new(backend);
            // The same formula in training and in evaluation, without noise: what was trained is what is used.
            // [1, S] and [P, H].
            Variable weights = tape.Softmax(logits);
            Variable prompt = tape.Reshape(tape.Product(weights, Variable.Constant(bank)), rows, width);
            Variable loss = ToyTask.Loss(tape, model, prompt, examples);
            last = loss.Value.ToScalar();
            if (step == 0) first = last;
            tape.Backward(loss);
            optimizer.Step();
        }

        using TensorScope end = new();
        using Tape reading = new(backend, recording: false);
        double[] learned = reading.Softmax(logits).Value.ToDoubles();
        output.WriteLine($"Loss with a third of each source: {first:F3}; with what the router learned: {last:F3}.");
        output.WriteLine($"Weights: noise {learned[0]:F2}, relative {learned[1]:F2}, other noise {learned[2]:F2}.");
        return new Outcome(learned, first, last);
    }
}
