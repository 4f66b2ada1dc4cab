using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Pretraining;

public sealed class SpanCorruptionTests
{
    private static readonly string[] s_words =
    [
        "Thank", "you", "for", "inviting", "me", "to", "your", "party", "last", "week", ".",
    ];
    private static readonly SentencePieceTokenizer s_tokenizer = WordTokenizerFile.Create(s_words, sentinels: 10);

    [Theory]
    // Figure 2 of the T5 paper.
    [InlineData(
        "Thank you for inviting me to your party last week .", "00110000100",
        "Thank you <0> me to your party <1> week .", "<0> for inviting <1> last <2>")]
    [InlineData("Thank you for inviting", "1100", "<0> for inviting", "<0> Thank you <1>")]
    [InlineData("Thank you for inviting", "0001", "Thank you for <0>", "<0> inviting <1>")]
    [InlineData("Thank you", "10", "<0> you", "<0> Thank <1>")]
    public void Apply_PutsASentinelForEachSpan(string text, string noise, string source, string target)
    {
        SpanCorruption sut = new(s_tokenizer);
        EncodedExample pair = sut.Apply(s_tokenizer.Encode(text), [.. noise.Select(static c => c == '1')]);
        Assert.Equal(Ids(source), pair.Source);
        Assert.Equal(Ids(target), pair.Target);
    }

    [Theory]
    // length · 0.15 rounded are noise, their number over 3 rounded are spans, one of each at least.
    [InlineData(2, 0.15, 3, 1, 1)]
    [InlineData(11, 0.15, 3, 2, 1)]
    [InlineData(20, 0.15, 3, 3, 1)]
    [InlineData(40, 0.15, 3, 6, 2)]
    [InlineData(100, 0.15, 3, 15, 5)]
    [InlineData(10, 0.9, 1, 9, 1)]
    [InlineData(12, 0.5, 2, 6, 3)]
    public void Noise_HasItsTokensAndSpans_AndSparesNoPlace(
        int length, double density, double mean, int noisy, int spans)
    {
        SpanCorruption sut = new(s_tokenizer, density, mean);
        int[] hits = new int[length];
        for (ulong i = 0; i < 600; i++)
        {
            bool[] noise = sut.Noise(length, new CounterRandom(1, i));
            Assert.Equal(noisy, noise.Count(static one => one));
            // Counted round the end, where a span may go on.
            Assert.Equal(
                spans, Enumerable.Range(0, length).Count(at => noise[at] && !noise[(at + length - 1) % length]));
            for (int at = 0; at < length; at++) hits[at] += noise[at] ? 1 : 0;
        }
        double expected = 600.0 * noisy / length, sigma = Math.Sqrt(expected * (1 - ((double)noisy / length)));
        Assert.All(hits, n => Assert.InRange(n, expected - (5 * sigma), expected + (5 * sigma)));
    }

    [Fact]
    public void Corrupt_LosesNothing()
    {
        SpanCorruption sut = new(s_tokenizer);
        int first = s_tokenizer.PieceToId("<extra_id_9>");
        for (ulong i = 0; i < 200; i++)
        {
            CounterRandom random = new(2, i);
            int[] text =
            [
                .. Enumerable.Range(0, 2 + random.NextInt32(60)).Select(_ => 3 + random.NextInt32(s_words.Length)),
            ];
            EncodedExample pair = sut.Corrupt(text, random);
            Assert.Equal((1, 1), (pair.Source[^1], pair.Target[^1]));
            List<int> rebuilt = [];
            foreach (int id in pair.Source[..^1])
            {
                if (id < first) rebuilt.Add(id);
                else rebuilt.AddRange(pair.Target.SkipWhile(one => one != id).Skip(1).TakeWhile(one => one < first));
            }
            Assert.Equal(text, rebuilt);
        }
    }

    [Fact]
    public void LongestText_HasSentinelsEnough_WhereverTheNoiseFalls()
    {
        SpanCorruption sut = new(s_tokenizer);
        int length = sut.LongestText;
        // 10 sentinels: 8 spans, one cut in two, one closing; 8 spans are 25 tokens of noise at most, 8.5 spans being
        // rounded to even.
        Assert.Equal(8, (int)Math.Round(Math.Round(length * 0.15) / 3));
        for (ulong i = 0; i < 300; i++) sut.Corrupt(new int[length], new CounterRandom(3, i));
        Assert.Contains(Enumerable.Range(0, 300), i => Throws(sut, length + 10, (ulong)i));

        static bool Throws(SpanCorruption sut, int length, ulong stream) =>
            Record.Exception(() => sut.Corrupt(new int[length], new CounterRandom(3, stream)))
                is ArgumentException error && error.Message.Contains("sentinels, 10", StringComparison.Ordinal);
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        SpanCorruption sut = new(s_tokenizer);
        Assert.Throws<ArgumentException>(() => sut.Noise(1, new CounterRandom(1)));
        Assert.Throws<ArgumentException>(() => sut.Apply([3, 4], [true]));
        Assert.Throws<ArgumentException>(() => sut.Apply([3, 4], [false, false]));
        Assert.Throws<ArgumentException>(() => new SpanCorruption(s_tokenizer, density: 1));
        Assert.Throws<ArgumentException>(() => new SpanCorruption(s_tokenizer, meanLength: 0.5));
        Assert.Contains(
            "no sentinels",
            Assert.Throws<ArgumentException>(() => new SpanCorruption(WordTokenizerFile.Create(s_words, 0))).Message);
    }

    private static int[] Ids(string text) =>
        [.. text.Split(' ')
            .Select(static word => s_tokenizer.PieceToId(word[0] == '<' ? $"<extra_id_{word[1]}>" : "\u2581" + word)),
                s_tokenizer.EndOfSequenceId];
}
