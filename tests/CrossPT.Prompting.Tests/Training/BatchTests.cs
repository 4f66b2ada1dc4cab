using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Training;

public sealed class BatchTests
{
    [Theory]
    [InlineData(PromptPosition.Before, new[] { -3, -4, 7, 8, -1, -2, 9 })]
    [InlineData(PromptPosition.After, new[] { 7, 8, -3, -4, 9, -1, -2 })]
    public void Embed_PutsEachTasksPromptBesideItsText(PromptPosition position, int[] expected)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        using TensorScope scope = new();
        int width = model.Config.ModelWidth;
        // Row i of the prompts holds −1 − i everywhere: it says of itself which it is.
        using TargetPrompts prompts = new(
            ["a", "b"],
            TensorData.FromSingles(
                backend, [.. Enumerable.Range(0, 4 * width).Select(i => -1f - (i / width))], 4, width), position);
        using Tape tape = new(backend, recording: false);
        Batch sut = Batch.Create([(1, new([7, 8], [])), (0, new([9], []))], promptLength: 2, position);
        double[] embedded = sut.Embed(tape, model, prompts).Value.ToDoubles();
        double[] text = model.Embed(tape, [7, 8, 9]).Value.ToDoubles();
        Assert.Equal([0, 4, 7], sut.Sources.Starts.ToArray());
        for (int row = 0; row < expected.Length; row++)
        {
            double[] wanted = expected[row] < 0
                ? [.. Enumerable.Repeat((double)expected[row], width)]
                : text[((expected[row] - 7) * width)..((expected[row] - 6) * width)];
            Assert.Equal(wanted, embedded[(row * width)..((row + 1) * width)]);
        }
    }

    [Fact]
    public void Embed_OfPromptsLaidOutOtherwise_IsRefused()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        using TensorScope scope = new();
        using TargetPrompts prompts = new(
            ["a"], TensorData.FromSingles(backend, new float[2 * model.Config.ModelWidth], 2, model.Config.ModelWidth));
        using Tape tape = new(backend, recording: false);
        Assert.Throws<ArgumentException>(() => Batch.Create([(0, new([7], []))], 3).Embed(tape, model, prompts));
        Assert.Throws<ArgumentException>(
            () => Batch.Create([(0, new([7], []))], 2, PromptPosition.After).Embed(tape, model, prompts));
    }

    [Theory]
    [InlineData(PromptPosition.Before)]
    [InlineData(PromptPosition.After)]
    public void Embed_AddsEachTasksUpdateToItsText_PositionByPosition_AndNotToPrompts(PromptPosition position)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        using TensorScope scope = new();
        int width = model.Config.ModelWidth;
        // Row i of the updates holds 100 + i everywhere, three rows a task.
        float[] updates = [.. Enumerable.Range(0, 6 * width).Select(i => 100f + (i / width))];
        using TargetPrompts prompts = new(
            ["a", "b"], TensorData.FromSingles(backend, new float[2 * width], 2, width), position,
            TensorData.FromSingles(backend, updates, 6, width));
        using Tape tape = new(backend, recording: false);
        Batch batch = Batch.Create([(1, new([7, 8], [])), (0, new([9], []))], 1, position);
        double[] embedded = batch.Embed(tape, model, prompts).Value.ToDoubles();
        double[] text = model.Embed(tape, [7, 8, 9]).Value.ToDoubles();
        int[] places = position == PromptPosition.Before ? [1, 2, 4] : [0, 1, 3];
        double[] added = [103, 104, 100];
        for (int i = 0; i < 3; i++)
        {
            for (int h = 0; h < width; h++)
                Assert.Equal(text[(i * width) + h] + added[i], embedded[(places[i] * width) + h], 1e-12);
        }
        foreach (int row in Enumerable.Range(0, 5).Except(places))
            Assert.All(embedded[(row * width)..((row + 1) * width)], static value => Assert.Equal(0, value));
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Batch.Create([(1, new([7, 8, 9, 1], []))], 1, position).Embed(tape, model, prompts));
        Assert.Contains("a text of 4 tokens under an update of 3 positions", error.Message, StringComparison.Ordinal);
    }
}
