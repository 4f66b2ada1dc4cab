using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;
using CrossPT.TestKit;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Prompts;

public sealed class SourcePromptTests
{
    [Fact]
    public void Take_GivesTheFirstRows()
    {
        SourcePrompt sut = new("a", [1, 2, 3, 4, 5, 6], 2);
        Assert.Equal([1f, 2, 3, 4], sut.Take(2).Rows.ToArray());
        Assert.Contains(
            "'a' has 3 rows, expected at least 4", Assert.Throws<ArgumentException>(() => sut.Take(4)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Scaling_BringsPromptsToOneSize()
    {
        SourcePrompt[] sources = [new("a", [1, -1], 2), new("b", [3, -3], 2), new("z", [0, 0], 2)];
        Assert.Equal(
            [[4f / 3, -4f / 3], [4f / 3, -4f / 3], [0, 0]],
            SourceScaling.Apply(sources, SourceScale.Mean, static () => 0).Select(static one => one.Rows.ToArray()));
        Assert.Equal(
            [[5f, -5f], [5f, -5f], [0, 0]],
            SourceScaling.Apply(sources, SourceScale.Vocabulary, static () => 5)
                .Select(static one => one.Rows.ToArray()));
        Assert.Equal([1f, -1], SourceScaling.Apply(sources, SourceScale.None, static () => 5)[0].Rows.ToArray());
    }

    [Fact]
    public void Starts_AreWhatTheyAreCalled()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        Assert.All(PromptStarts.Create(PromptStart.Zero, model, 4, 1, "x"), static value => Assert.Equal(0, value));
        Assert.All(
            PromptStarts.Create(PromptStart.Uniform, model, 4, 1, "x"),
            static value => Assert.InRange(value, -0.5f, 0.5f));
        float[] rows = PromptStarts.Create(PromptStart.Vocabulary, model, 64, 1, "x");
        // All rows, each once: the root mean square is the vocabulary's.
        Assert.Equal(
            PromptStarts.VocabularyRootMeanSquare(model), new SourcePrompt("x", rows, 16).RootMeanSquare, 1e-6);
        Assert.Equal(64, rows.Chunk(16).Select(static row => row[0]).Distinct().Count());
        Assert.NotEqual(rows, PromptStarts.Create(PromptStart.Vocabulary, model, 64, 1, "y"));
        Assert.Equal(rows, PromptStarts.Create(PromptStart.Vocabulary, model, 64, 1, "x"));
        Assert.Throws<ArgumentException>(() => PromptStarts.Create(PromptStart.Vocabulary, model, 65, 1, "x"));
    }

    [Fact]
    public void RealPrompts_Load()
    {
        string[] files = Directory.GetFiles(SharedFolder.Path("prompts/attempt-t5-base"), "*.pt");
        Assert.Equal(6, files.Length);
        Assert.All(files, static file =>
        {
            SourcePrompt prompt = SourcePrompt.Load(file, 768);
            Assert.Equal((100, 768), (prompt.Length, prompt.Width));
        });
        SourcePrompt mnli = SourcePrompt.Load(SharedFolder.Path("prompts/attempt-t5-base/mnli_prompt.pt"), 768, "mnli");
        Assert.Equal("mnli", mnli.Name);
        // Mean .152 and deviation 13.76, as measured with PyTorch.
        Assert.Equal(Math.Sqrt((13.76 * 13.76) + (0.152 * 0.152)), mnli.RootMeanSquare, 0.01);
    }

    [Fact]
    public void RealPrompt_OfAnotherWidth_IsRefused()
    {
        string file = SharedFolder.Path("prompts/attempt-t5-base/mnli_prompt.pt");
        Assert.Contains(
            "768 wide, expected 512", Assert.Throws<TensorFileException>(() => SourcePrompt.Load(file, 512)).Message,
            StringComparison.Ordinal);
    }
}
