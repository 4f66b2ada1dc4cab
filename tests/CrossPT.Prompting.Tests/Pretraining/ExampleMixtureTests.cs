using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Pretraining;

public sealed class ExampleMixtureTests
{
    [Fact]
    public void Batch_IsAFunctionOfSeedAndStep_WithTheShares()
    {
        (IExampleStream, double)[] streams = [(new Constant(7), 3), (new Constant(8), 1)];
        ExampleMixture sut = new(streams, batch: 50, seed: 5);
        int[] first = [.. Enumerable.Range(0, 80).SelectMany(step => sut.Batch(step)).Select(
            static pair => pair.Source[0])];
        Assert.Equal(first[200..250],
            new ExampleMixture(streams, 50, 5).Batch(4).Select(static pair => pair.Source[0]));
        Assert.NotEqual(first[..50], new ExampleMixture(streams, 50, 6).Batch(0).Select(static pair => pair.Source[0]));
        // 3,000 of 4,000 expected, with a standard deviation of 27.
        Assert.InRange(first.Count(static id => id == 7), 2865, 3135);
    }

    [Fact]
    public void BadShares_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new ExampleMixture([], 4, 1));
        Assert.Throws<ArgumentException>(() => new ExampleMixture([(new Constant(1), 0)], 4, 1));
        Assert.Throws<ArgumentException>(() => new ExampleMixture([(new Constant(1), double.NaN)], 4, 1));
    }

    [Fact]
    public void CorpusStream_DrawsEveryToken_ByItsPlaceInAllTexts()
    {
        string[] words = [.. Enumerable.Range(0, 60).Select(static n => $"w{n}")];
        SentencePieceTokenizer tokenizer = WordTokenizerFile.Create(words, 10);
        // Of 60 tokens, 10 are in the first text: the second is drawn five times as often.
        CorpusStream sut = new([[.. Enumerable.Range(3, 10)], [.. Enumerable.Range(13, 50)]], 8,
            new SpanCorruption(tokenizer));
        int second = 0;
        HashSet<int> seen = [];
        for (ulong i = 0; i < 1200; i++)
        {
            EncodedExample pair = sut.Draw(new CounterRandom(4, i));
            int[] text = [.. pair.Source.Concat(pair.Target).Where(static id => id is >= 3 and < 63)];
            Assert.Equal(8, text.Length);
            // One stretch of one text.
            Assert.Equal(7, text.Max() - text.Min());
            Assert.True(text.Max() < 13 || text.Min() >= 13);
            if (text.Min() >= 13) second++;
            seen.UnionWith(text);
        }
        Assert.InRange(second, 1000 - 65, 1000 + 65);
        Assert.Equal(60, seen.Count);
    }

    [Fact]
    public void CorpusFile_TakesLinesOfTwoTokens_AndTellsWhatIsWrong()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = WordTokenizerFile.Create(["a", "b"], 2);
        Assert.Equal([[3, 4], [4, 4, 3]], CorpusFile.Read(folder.Write("good.txt", "a b\na\n\r\nb b a"), tokenizer));
        Assert.Contains("no line of two tokens", Fails(folder.Write("short.txt", "a\nb\n")));
        Assert.Contains("no such file", Fails(folder.PathOf("none.txt")));
        Assert.Contains("is a folder", Fails(folder.FullName));
        File.WriteAllBytes(folder.PathOf("bytes.txt"), [0x61, 0x20, 0xFF, 0x0A]);
        Assert.Contains("bytes.txt:1: byte ", Fails(folder.PathOf("bytes.txt")));

        string Fails(string path) => Assert.Throws<TaskDataException>(() => CorpusFile.Read(path, tokenizer)).Message;
    }

    private sealed class Constant(int id) : IExampleStream
    {
        public EncodedExample Draw(CounterRandom random) => new([id, 1], [id, 1]);
    }
}
