using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Every fixture on every back end and vector width against Hugging Face's numbers.</summary>
public sealed class GoldenTests
{
    /// <summary>Back ends with the largest difference allowed, in parts of the largest golden value.</summary>
    private static readonly (string Name, Func<IBackend> Create, double Tolerance)[] s_backends =
    [
        ("reference", static () => new ReferenceBackend(), 1e-6),
        ("scalar", static () => new CpuBackend(1, SimdWidth.Scalar), 2e-5),
        ("128", static () => new CpuBackend(2, SimdWidth.Vector128), 2e-5),
        ("256", static () => new CpuBackend(1, SimdWidth.Vector256), 2e-5),
        ("512", static () => new CpuBackend(2, SimdWidth.Vector512), 2e-5),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string fixture in Fixture.Names)
                foreach ((string backend, _, _) in s_backends) cases.Add(fixture, backend);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Model_AgainstHuggingFace_GivesTheSameNumbers(string fixtureName, string backendName)
    {
        (_, Func<IBackend> create, double tolerance) = s_backends.Single(entry => entry.Name == backendName);
        using IBackend backend = create();
        using Fixture fixture = new(fixtureName);
        using T5Model model = T5Model.Load(fixture.Folder, backend);
        foreach (string name in (string[])["plain", "prompt"])
        {
            GoldenCase golden = new(fixture, name);
            using TensorScope scope = new();
            CompareWithAllRowsAsLeaf(model, golden, tolerance);
            if (golden.PromptRows > 0) CompareWithPromptAsLeaf(model, golden, tolerance);
        }
    }

    /// <summary>Input embeddings and encoder states are leaves: gradients of every row of both.</summary>
    private static void CompareWithAllRowsAsLeaf(T5Model model, GoldenCase golden, double tolerance)
    {
        using Tape below = new(model.Backend), above = new(model.Backend);
        Tensor embedded;
        using (below.NoGradient()) embedded = Embed(model, below, golden, Variable.Constant).Value;
        using Variable inputs = Variable.Parameter(embedded);
        Variable states = model.Encode(below, inputs, golden.Sources);
        using Variable leaf = Variable.Parameter(states.Value.Share());
        Variable logits = model.Decode(above, golden.Targets, leaf, golden.Sources);
        Near(golden, "encoder_last_hidden_state", states.Value.ToDoubles(), tolerance);
        Near(golden, "logits", logits.Value.ToDoubles(), tolerance);
        foreach (bool stop in (bool[])[false, true]) SameIds(model, golden, states.Value, stop);

        int[] labels = golden.Targets.Labels;
        Variable loss = above.CrossEntropy(logits, TensorData.FromInt32(model.Backend, labels, labels.Length));
        Near(golden, "loss", loss.Value.ToDoubles(), tolerance);
        above.Backward(loss);
        Near(golden, "grad_encoder_last_hidden_state", leaf.Gradient!.ToDoubles(), tolerance);
        below.Backward(states, leaf.Gradient!);
        double[] gradient = inputs.Gradient!.ToDoubles();
        Near(golden, "grad_inputs_embeds", gradient, tolerance);
        if (golden.PromptRows == 0) return;

        int width = model.Config.ModelWidth;
        double[] prompt = new double[golden.PromptRows * width];
        for (int row = 0; row < golden.PromptIndices.Length; row++)
        {
            if (golden.PromptIndices[row] < 0) continue;
            for (int h = 0; h < width; h++)
                prompt[(golden.PromptIndices[row] * width) + h] += gradient[(row * width) + h];
        }
        Near(golden, "grad_soft_prompt", prompt, tolerance);
    }

    /// <summary>The prompt alone is a leaf, as in training: the first block goes back to its rows only.</summary>
    private static void CompareWithPromptAsLeaf(T5Model model, GoldenCase golden, double tolerance)
    {
        using Tape tape = new(model.Backend);
        Variable? prompt = null;
        Variable embedded = Embed(model, tape, golden, value => prompt = Variable.Parameter(value));
        Variable loss = model.Loss(tape, golden.Targets, model.Encode(tape, embedded, golden.Sources), golden.Sources);
        tape.Backward(loss);
        Near(golden, "grad_soft_prompt", prompt!.Gradient!.ToDoubles(), tolerance);
        prompt.Dispose();
    }

    private static Variable Embed(T5Model model, Tape tape, GoldenCase golden, Func<Tensor, Variable> leaf)
        => golden.PromptRows == 0
            ? model.Embed(tape, golden.Ids)
            : model.Embed(
                tape, golden.Ids,
                leaf(TensorData.FromSingles(model.Backend, golden.Prompt, golden.PromptRows, model.Config.ModelWidth)),
                golden.PromptIndices);

    private static void SameIds(T5Model model, GoldenCase golden, Tensor states, bool stop)
    {
        int[][] expected = golden.GreedyIds(stop);
        int[][] ids = model.Generate(states, golden.Sources, expected[0].Length, stop);
        for (int i = 0; i < ids.Length; i++)
        {
            // The golden file fills up with padding where it stopped.
            int[] padded = [.. ids[i], .. Enumerable.Repeat(model.Config.PadId, expected[i].Length - ids[i].Length)];
            Assert.Equal(expected[i], padded);
            if (stop && ids[i].Length < expected[i].Length) Assert.Equal(model.Config.EndOfSequenceId, ids[i][^1]);
        }
    }

    private static void Near(GoldenCase golden, string tensor, double[] actual, double tolerance)
        => Numbers.Near(golden.Golden(tensor), actual, tolerance, tensor);
}
