using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;

namespace CrossPT.Prompting.Tests.Methods;

/// <summary>Values and all gradients against those of the published lines in PyTorch, computed in float64.</summary>
public sealed class AttemptTests
{
    private const int Width = 32, Length = 6, Sources = 4;

    [Theory]
    [InlineData("base")]
    [InlineData("ignore_target")]
    [InlineData("shared_tasks")]
    [InlineData("masked_pool")]
    public void Compose_AndItsGradients_AreThoseOfThePublishedCode(string name)
    {
        // The golden numbers are rounded to float32.
        using (ReferenceBackend reference = new()) Check(name, reference, 1.5e-7);
        using CpuBackend cpu = new(1);
        Check(name, cpu, 3e-6);
    }

    private static void Check(string name, IBackend backend, double tolerance)
    {
        using ITensorSource golden = TensorFiles.Open(
            Path.Combine(AppContext.BaseDirectory, "fixtures", "mixer", "golden.safetensors"));
        using TensorScope scope = new();
        float[] inputs = Numbers("inputs_embeds");
        float[] sources = Numbers("source_prompts");
        float[] targets = Numbers("target_prompt");
        int batch = inputs.Length / (9 * Width), targetSize = Length * Width;
        bool hasTarget = name != "ignore_target";
        string[] tasks = [.. Enumerable.Range(0, targets.Length / targetSize).Select(static task => $"t{task}")];
        int[] taskOf = tasks.Length == 1 ? new int[batch] : golden.ReadInt32($"{name}.task_ids");
        // Our batches have no padded rows. The published code pools over them: there they are given as rows like any
        // others.
        int[] mask = golden.ReadInt32($"{name}.attention_mask");
        int[] rows = [.. Enumerable.Range(0, mask.Length).Where(row => name != "masked_pool" || mask[row] != 0)];
        int[] lengths = [.. Enumerable.Range(0, batch).Select(b => rows.Count(row => row / 9 == b))];
        Assert.Contains(0, mask);

        Variable texts = Variable.Parameter(
            TensorData.FromSingles(
                backend, [.. rows.SelectMany(row => inputs[(row * Width)..((row + 1) * Width)])], rows.Length, Width));
        IPrompt[] sourceRows =
        [
            .. Enumerable.Range(0, Sources)
                .Select(s => Prompt($"source.{s}", sources.AsSpan(s * targetSize, targetSize))),
        ];
        IPrompt[] own =
        [
            .. tasks.Select((task, t) => Prompt($"private.{task}", targets.AsSpan(t * targetSize, targetSize))),
        ];
        Variable down = Weight("W_down", 10, Width);
        Variable up = Weight("W_up", Width, 10);
        Variable normWeight = Weight("ln_weight", Width);
        Variable normBias = Weight("ln_bias", Width);
        using AttemptRouter router = new(down, up, normWeight, normBias, temperature: 5);
        int columns = Sources + (hasTarget ? 1 : 0);
        PromptMixture mixture = new(CompositionKind.Average, Sources, tasks.Length, hasTarget, columns);

        PromptContext context = new(taskOf) { Texts = texts, TextOffsets = SequenceOffsets.FromLengths(lengths) };
        using Tape tape = new(backend);
        Variable stack = tape.Stack(own);
        Variable bank = hasTarget ? tape.ConcatenateRows(tape.Stack(sourceRows), stack) : tape.Stack(sourceRows);
        RouterWeights weights = router.Weights(tape, bank, mixture.BankRowsOf(taskOf), context);
        Near(Golden("weights"), weights.Values.Value.ToDoubles(), "weights");
        Variable prompts = mixture.Compose(tape, weights, bank, taskOf, new bool[columns]);
        if (hasTarget)
            prompts = tape.Add(prompts, tape.GatherRows(stack, TensorData.FromInt32(backend, taskOf, batch)));
        Variable composed = tape.Reshape(prompts, batch * Length, Width);
        Near(Golden("mixed_prompt"), composed.Value.ToDoubles(), "mixed_prompt");

        tape.Backward(composed, TensorData.FromSingles(backend, Numbers("upstream_grad"), batch * Length, Width));
        double[] dInputs = Golden("grad_inputs_embeds");
        Near(
            [.. rows.SelectMany(row => dInputs[(row * Width)..((row + 1) * Width)])], Gradient(texts),
            "grad_inputs_embeds");
        Near(
            Golden("grad_source_prompts"),
            [.. sourceRows.SelectMany(static prompt => Gradient(prompt.Parameters[0].Variable))],
            "grad_source_prompts");
        if (hasTarget)
            Near(
                Golden("grad_target_prompt"),
                [.. own.SelectMany(static prompt => Gradient(prompt.Parameters[0].Variable))], "grad_target_prompt");
        Near(Golden("grad_W_down"), Gradient(down), "grad_W_down");
        Near(Golden("grad_W_up"), Gradient(up), "grad_W_up");
        Near(Golden("grad_ln_weight"), Gradient(normWeight), "grad_ln_weight");
        Near(Golden("grad_ln_bias"), Gradient(normBias), "grad_ln_bias");
        texts.Dispose();
        foreach (IPrompt prompt in sourceRows.Concat(own)) prompt.Dispose();

        float[] Numbers(string tensor) => golden.ReadSingles($"{name}.{tensor}");
        double[] Golden(string tensor) => Array.ConvertAll(Numbers($"f64.{tensor}"), static value => (double)value);
        Variable Weight(string tensor, params ReadOnlySpan<int> sizes) =>
            Variable.Parameter(TensorData.FromSingles(backend, Numbers(tensor), sizes));
        IPrompt Prompt(string prompt, ReadOnlySpan<float> start) =>
            new FullPrompt(new PromptIdentity(prompt, ParameterRole.Private, Length, Width), start, backend);

        void Near(double[] expected, double[] actual, string what)
        {
            Assert.Equal(expected.Length, actual.Length);
            double largest = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(
                    Math.Abs(expected[i] - actual[i]) <= tolerance * largest,
                    $"{name} {what} [{i}]: {actual[i]}, expected {expected[i]} within {tolerance * largest}");
        }
    }

    private static double[] Gradient(Variable variable) => variable.Gradient!.ToDoubles();
}
