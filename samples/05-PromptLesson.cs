using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 5. Prompt tuning (Lester et al. 2021): only a few rows before the embedded text are trained. This frozen
/// model has random weights and knows no word, and yet eight rows make it answer.
/// </summary>
internal static class PromptLesson
{
    private const int Rows = 8;

    internal sealed record Outcome(long Trained, double FirstLoss, double LastLoss, double Before, double After);

    public static Outcome Run(TextWriter output)
    {
        using CpuBackend backend = new(threads: 1);
        using T5Model model = T5Model.Load(Lesson.TinyModel, backend);
        using Variable prompt = Start(model, seed: 3);
        output.WriteLine($"{prompt.Value.Length} numbers are trained: {Rows} rows of {model.Config.ModelWidth}.");
        (int[][], int[][]) examples = ToyTask.Draw(model.Config, 32, seed: 1);
        (int[][], int[][]) heldOut = ToyTask.Draw(model.Config, 64, seed: 2);
        double before = ToyTask.Accuracy(model, prompt, heldOut);
        (double first, double last) = Tune(model, prompt, examples);
        double after = ToyTask.Accuracy(model, prompt, heldOut);
        output.WriteLine($"Loss {first:F3}, then {last:F3}; accuracy on unseen texts {before:P0}, then {after:P0}.");
        return new Outcome(prompt.Value.Length, first, last, before, after);
    }

    /// <summary>A prompt [8, H] of random numbers.</summary>
    public static Variable Start(T5Model model, ulong seed)
    {
        CounterRandom random = new(seed);
        int width = model.Config.ModelWidth;
        float[] values = [.. Enumerable.Range(0, Rows * width).Select(_ => (float)random.NextGaussian())];
        return Variable.Parameter(TensorData.FromSingles(model.Backend, values, Rows, width));
    }

    /// <summary>Trains a prompt; the loss of the first step and of the last.</summary>
    public static (double First, double Last) Tune(T5Model model, Variable prompt, (int[][], int[][]) examples)
    {
        NamedParameter[] trained = [new("prompt", prompt)];
        using AdamW optimizer = new([new ParameterGroup("prompt", trained, learningRate: 0.1, maxGradientNorm: 1)]);
        double[] losses = new double[100];
        for (int step = 0; step < losses.Length; step++)
        {
            using TensorScope scope = new();
            using Tape tape = new(model.Backend);
            Variable loss = ToyTask.Loss(tape, model, prompt, examples);
            losses[step] = loss.Value.ToScalar();
            tape.Backward(loss);
            optimizer.Step();
        }
        return (losses[0], losses[^1]);
    }
}
