using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Routing.Attempt;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;

namespace CrossPT.Prompting.Tests.Routing;

/// <summary>Values and all gradients against those of the published lines in PyTorch, computed in float64.</summary>
public sealed class AttemptMixerTests
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
        using ITensorSource golden = TensorFiles.Open(Path.Combine(AppContext.BaseDirectory, "fixtures", "mixer", "golden.safetensors"));
        using TensorScope scope = new();
        float[] inputs = Numbers("inputs_embeds"), sources = Numbers("source_prompts"), targets = Numbers("target_prompt");
        int batch = inputs.Length / (9 * Width), targetSize = Length * Width;
        bool hasTarget = name != "ignore_target";
        string[] tasks = [.. Enumerable.Range(0, targets.Length / targetSize).Select(static task => $"t{task}")];
        int[] taskOf = tasks.Length == 1 ? new int[batch] : golden.ReadInt32($"{name}.task_ids");
        // Our batches have no padded rows. The published code pools over them: there they are given as rows like any others.
        int[] mask = golden.ReadInt32($"{name}.attention_mask");
        int[] rows = [.. Enumerable.Range(0, mask.Length).Where(row => name != "masked_pool" || mask[row] != 0)];
        int[] lengths = [.. Enumerable.Range(0, batch).Select(b => rows.Count(row => row / 9 == b))];
        Assert.Contains(0, mask);

        Variable texts = Variable.Parameter(TensorData.FromSingles(backend, [.. rows.SelectMany(row => inputs[(row * Width)..((row + 1) * Width)])], rows.Length, Width));
        IPromptRows[] sourceRows = [.. Enumerable.Range(0, Sources).Select(s => Prompt($"source.{s}", sources.AsSpan(s * targetSize, targetSize)))];
        IPromptRows[] own = [.. tasks.Select((task, t) => Prompt($"private.{task}", targets.AsSpan(t * targetSize, targetSize)))];
        AttemptMixer mixer = new(
            new RouterSettings { AttemptTemperature = 5 }, Sources, hasTarget, Length, trained: true, Weight("W_down", 10, Width), Weight("W_up", Width, 10), Weight("ln_weight", Width),
            Weight("ln_bias", Width), normTrained: true);
        using PromptGraph sut = new(new PromptGraphParts
        {
            Tasks = tasks, Width = Width, SourceNames = ["0", "1", "2", "3"], Sources = sourceRows, Router = mixer,
            Layout = new MixingLayout(CompositionKind.Average, Sources, tasks.Length, hasTarget, Sources + (hasTarget ? 1 : 0)),
            Private = hasTarget ? new AddedPrompts(own, new PrivateSettings(), Width, null, "share") : null, PrivateIsColumn = hasTarget,
        });

        PromptContext context = new(taskOf) { Texts = texts, TextOffsets = SequenceOffsets.FromLengths(lengths) };
        double[][] weights = sut.Weights(backend, context);
        double[] seen = [.. weights.SelectMany((row, b) => row[..Sources].Concat(hasTarget ? [row[Sources + taskOf[b]]] : []))];
        Near(Golden("weights"), seen, "weights");
        using Tape tape = new(backend);
        ComposedPrompts composed = sut.Compose(tape, context);
        Assert.Equal(Enumerable.Range(0, batch), composed.Blocks);
        Near(Golden("mixed_prompt"), composed.Rows.Value.ToDoubles(), "mixed_prompt");

        tape.Backward(composed.Rows, TensorData.FromSingles(backend, Numbers("upstream_grad"), batch * Length, Width));
        double[] dInputs = Golden("grad_inputs_embeds");
        Near([.. rows.SelectMany(row => dInputs[(row * Width)..((row + 1) * Width)])], Gradient(texts), "grad_inputs_embeds");
        Near(Golden("grad_source_prompts"), [.. sourceRows.SelectMany(static prompt => Gradient(prompt.Parameters[0].Variable))], "grad_source_prompts");
        if (hasTarget) Near(Golden("grad_target_prompt"), [.. own.SelectMany(static prompt => Gradient(prompt.Parameters[0].Variable))], "grad_target_prompt");
        Near(Golden("grad_W_down"), Gradient(mixer.Down), "grad_W_down");
        Near(Golden("grad_W_up"), Gradient(mixer.Up), "grad_W_up");
        Near(Golden("grad_ln_weight"), Gradient(mixer.NormWeight), "grad_ln_weight");
        Near(Golden("grad_ln_bias"), Gradient(mixer.NormBias), "grad_ln_bias");
        texts.Dispose();
        foreach (IPromptRows prompt in hasTarget ? [] : own) prompt.Dispose();

        float[] Numbers(string tensor) => golden.ReadSingles($"{name}.{tensor}");
        double[] Golden(string tensor) => Array.ConvertAll(Numbers($"f64.{tensor}"), static value => (double)value);
        Tensor Weight(string tensor, params ReadOnlySpan<int> sizes) => TensorData.FromSingles(backend, Numbers(tensor), sizes);
        IPromptRows Prompt(string prompt, ReadOnlySpan<float> start) => new FullPrompt(new PromptIdentity(prompt, ParameterRole.Private, Length, Width), start, backend);

        void Near(double[] expected, double[] actual, string what)
        {
            Assert.Equal(expected.Length, actual.Length);
            double largest = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * largest, $"{name} {what} [{i}]: {actual[i]}, expected {expected[i]} within {tolerance * largest}");
        }
    }

    private static double[] Gradient(Variable variable) => variable.Gradient!.ToDoubles();
}
