using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Prompts;

public sealed class VocabularyRowsTests
{
    [Fact]
    public void Nearest_IsByCosine_EqualOnesById_ZeroesNever()
    {
        VocabularyRows rows = new([0, 0, 2, 0, 1, 0, 0, 5, -1, 0, 1, 1], 2);
        using CpuBackend backend = new(1);
        VocabularyNeighbour[][] found = rows.Nearest([10, 0, 1, 3], 3, limit: 5, backend);
        Assert.Equal([1, 2, 3], found[0].Select(static word => word.Id));
        Assert.Equal([1, 1, 0], found[0].Select(static word => Math.Round(word.Cosine, 6)));
        Assert.Equal([3, 1, 2], found[1].Select(static word => word.Id));
        Assert.Equal(3 / Math.Sqrt(10), found[1][0].Cosine, 6);
        Assert.Equal((6, new Spread(0, (2 + 1 + 5 + 1 + Math.Sqrt(2)) / 6, 5)), (rows.Count, rows.Norms));
        Assert.Equal([3, 5, 1], rows.Nearest([1, 3], 3, limit: 100, backend)[0].Select(static word => word.Id));
    }

    [Fact]
    public void Nearest_OverSeveralBlocks_IsThatOfAll()
    {
        float[] values = TinyModel.Gaussians(9000 * 3, 1, seed: 5), prompt = TinyModel.Gaussians(4 * 3, 2, seed: 6);
        using CpuBackend backend = new(1);
        VocabularyNeighbour[][] found = new VocabularyRows(values, 3).Nearest(prompt, 4, 9000, backend);
        for (int row = 0; row < 4; row++)
        {
            double[] cosines = [.. Enumerable.Range(0, 9000).Select(id => PromptSimilarity.Cosine(
                PromptSimilarity.Flatten(values.AsSpan(id * 3, 3)),
                PromptSimilarity.Flatten(prompt.AsSpan(row * 3, 3))))];
            double[] best = [.. cosines.OrderDescending().Take(4)];
            for (int i = 0; i < 4; i++) Assert.Equal(best[i], found[row][i].Cosine, 1e-6);
        }
    }

    [Fact]
    public void Load_ReadsTheSharedEmbedding()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        using (T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 3)) model.Save(folder.FullName);
        VocabularyRows rows = VocabularyRows.Load(folder.FullName);
        Assert.Equal((64, 16), (rows.Count, rows.Width));
        using ITensorSource source = TensorFiles.Open(folder.FullName);
        float[] own = source.ReadSingles("shared.weight")[(7 * 16)..(8 * 16)];
        Assert.Equal(7, rows.Nearest(own, 1, 64, backend)[0][0].Id);
        folder.Write("config.json", """{ "model_type": "t5", "vocab_size": 63, "d_model": 16 }""");
        Assert.Contains(
            "expected numbers [63, 16]",
            Assert.Throws<TensorFileException>(() => VocabularyRows.Load(folder.FullName)).Message);
    }
}
