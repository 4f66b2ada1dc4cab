using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Prompting.Tests.Prompts;

public sealed class PromptFormsTests
{
    [Theory]
    [InlineData(PromptForm.Mlp, 10, 1_188_864)]
    [InlineData(PromptForm.Mlp, 20, 1_196_544)]
    [InlineData(PromptForm.Mlp, 50, 1_219_584)]
    [InlineData(PromptForm.Mlp, 100, 1_257_984)]
    [InlineData(PromptForm.ResidualMlp, 10, 1_188_864)]
    [InlineData(PromptForm.Full, 10, 7_680)]
    [InlineData(PromptForm.LowRank, 10, 3_112)]
    public void Parameters_AreAsMany_AsWorkedOut(PromptForm form, int length, long expected)
    {
        using CpuBackend backend = new(1);
        using IPrompt sut = LayerFactory.CreatePrompt(
            new FormSettings { Form = form }, Identity(length, 768), new float[length * 768], backend, 1);
        Assert.Equal(expected, sut.Parameters.Sum(static one => one.Variable.Value.Length));
        Assert.All(sut.Parameters, static one => Assert.Equal((ParameterRole.Private, "p"), (one.Role, one.ClipGroup)));
        Assert.Equal(sut.Parameters.Count, sut.Parameters.Select(static one => one.Name).Distinct().Count());
    }

    [Fact]
    public void Parameters_OfASecondHiddenLayer()
    {
        using CpuBackend backend = new(1);
        using IPrompt sut = LayerFactory.CreatePrompt(
            new FormSettings { Form = PromptForm.Mlp, Layers = 2, Hidden = 32 }, Identity(10, 768), new float[7680],
            backend, 1);
        Assert.Equal(
            7680 + ((768 * 32) + 32) + ((32 * 32) + 32) + ((32 * 768) + 768),
            sut.Parameters.Sum(static one => one.Variable.Value.Length));
    }

    [Fact]
    public void LowRank_FromAPrompt_StartsExactlyThere_AndFromNothingAtTheScaleOfAFullOne()
    {
        using ReferenceBackend backend = new();
        float[] start = TinyModel.Gaussians(20 * 64, 3, 1);
        FormSettings form = new() { Form = PromptForm.LowRank, Rank = 8 };
        using IPrompt from = LayerFactory.CreatePrompt(form, Identity(20, 64), start, backend, 1);
        using IPrompt nothing = LayerFactory.CreatePrompt(form, Identity(20, 64), new float[20 * 64], backend, 1);
        Assert.Equal(Array.ConvertAll(start, static value => (double)value), Rows(from, backend));
        // U(±0.5) has a root mean square of 1/√12 = 0.289.
        Assert.Equal(0.289, Math.Sqrt(Rows(nothing, backend).Average(static value => value * value)), 0.06);
        Assert.Equal(
            1 / Math.Sqrt(8),
            Math.Sqrt(from.Parameters[0].Variable.Value.ToDoubles().Average(static value => value * value)), 0.05);
    }

    [Fact]
    public void Perceptron_IsItsFormula()
    {
        using ReferenceBackend backend = new();
        float[] start = [1, 2, -1, 0.5f];
        using IPrompt mlp = LayerFactory.CreatePrompt(
            new FormSettings { Form = PromptForm.Mlp, Hidden = 1 }, Identity(2, 2), start, backend, 1);
        using IPrompt residual = LayerFactory.CreatePrompt(
            new FormSettings { Form = PromptForm.ResidualMlp, Hidden = 1 }, Identity(2, 2), start, backend, 1);
        foreach (IPrompt sut in (IPrompt[])[mlp, residual])
        {
            Set("weight1", [2, 1]);
            Set("bias1", [-1]);
            Set("weight2", [3, -1]);
            Set("bias2", [0.25f, 0.5f]);

            void Set(string part, float[] values) =>
                sut.Parameters.Single(one => one.Name == $"p.{part}").Variable.Value.CopyFrom(values);
        }
        // relu(2·1 + 2 − 1) = 3, relu(−2 + .5 − 1) = 0
        Assert.Equal([9.25, -2.5, 0.25, 0.5], Rows(mlp, backend));
        Assert.Equal([10.25, -0.5, -0.75, 1], Rows(residual, backend));
    }

    [Fact]
    public void Perceptron_StartsAsPyTorchsLinearLayers()
    {
        using ReferenceBackend backend = new();
        using IPrompt sut = LayerFactory.CreatePrompt(
            new FormSettings { Form = PromptForm.Mlp, Hidden = 9 }, Identity(4, 64), new float[4 * 64], backend, 1);
        Bounded("weight1", 1.0 / 8);
        Bounded("bias1", 1.0 / 8);
        Bounded("weight2", 1.0 / 3);
        Bounded("bias2", 1.0 / 3);

        void Bounded(string part, double bound)
        {
            double[] values = sut.Parameters.Single(one => one.Name == $"p.{part}").Variable.Value.ToDoubles();
            Assert.All(values, value => Assert.InRange(value, -bound, bound));
            Assert.True(values.Max(Math.Abs) > 0.6 * bound);
        }
    }

    [Fact]
    public void Multiplicative_StartsAtTheSharedPrompt_AndIsItsFormula()
    {
        using ReferenceBackend backend = new();
        float[] start = TinyModel.Gaussians(6, 1, 1);
        using IPrompt shared = new FullPrompt(Identity(3, 2), start, backend);
        using IPrompt sut = new MultiplicativePrompt(Identity(3, 2), 2, shared, backend, 1);
        Assert.Equal(Array.ConvertAll(start, static value => (double)value), Rows(sut, backend));
        sut.Parameters[0].Variable.Value.CopyFrom([1f, 0, 2, 1, 0, 3]);
        sut.Parameters[1].Variable.Value.CopyFrom([1f, -1, 2, 5]);
        Assert.Equal(
            [start[0], -start[1], 4.0 * start[2], 3.0 * start[3], 6.0 * start[4], 15.0 * start[5]], Rows(sut, backend));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Rank_BeyondThePrompt_IsRefused_BothSizesNamed(int rank)
    {
        using ReferenceBackend backend = new();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => LayerFactory.CreatePrompt(
                new FormSettings { Form = PromptForm.LowRank, Rank = rank }, Identity(3, 16), new float[48], backend,
                1));
        Assert.Contains($"rank of {rank}", error.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 16], expected 1 to 3", error.Message, StringComparison.Ordinal);
    }

    private static PromptIdentity Identity(int length, int width) => new("p", ParameterRole.Private, length, width);

    private static double[] Rows(IPrompt prompt, IBackend backend)
    {
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        return prompt.Rows(tape).Value.ToDoubles();
    }
}
