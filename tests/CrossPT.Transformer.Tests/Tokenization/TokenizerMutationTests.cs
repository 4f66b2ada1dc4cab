using System.Diagnostics;
using CrossPT.Transformer.Tokenization;

using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>
/// Damaged files either load or are refused; they never crash, hang or make the loader allocate what they claim.
/// </summary>
public class TokenizerMutationTests
{
    private static readonly string Probe =
        string.Concat(
            Enumerable.Repeat("the caf\u00e9\u3000 e\u0301 \u2460\t hello\u200b aaaa \u6f22 \U0001F600 ", 20));

    [Fact]
    public void Load_MutatedSmallModel_LoadsOrIsRefused() =>
        Mutate(ModelWriter.Small().ToArray(), "small.model", 6000, seed: 1);

    [Fact]
    public void Load_MutatedT5Model_LoadsOrIsRefused() =>
        Mutate(File.ReadAllBytes(SharedFiles.Model), "spiece.model", 200, seed: 2);

    [Fact]
    public void Load_MutatedJson_LoadsOrIsRefused()
    {
        string map = Convert.ToBase64String(ModelWriter.CharsMap(("\t", " "), ("e\u0301", "\u00e9")));
        string json = $$"""
            { "added_tokens": [{ "id": 0, "content": "</s>", "special": true, "single_word": false }, { "id": 4,
            "content": "<x>" }],
              "normalizer": { "type": "Precompiled", "precompiled_charsmap": "{{map}}" },
              "pre_tokenizer": { "type": "Sequence", "pretokenizers": [{ "type": "WhitespaceSplit" },
              { "type": "Metaspace", "replacement": "\u2581" }] },
              "model": { "type": "Unigram", "unk_id": 1, "vocab": [["</s>", 0], ["<unk>", 0], ["\u2581", -2.5], ["a",
              -1]] } }
            """;
        Mutate(System.Text.Encoding.UTF8.GetBytes(json), "tokenizer.json", 1500, seed: 3);
    }

    private static void Mutate(byte[] original, string name, int rounds, int seed)
    {
        var random = new Random(seed);
        var encoded = new EncodedText();
        for (int round = 0; round < rounds; round++)
        {
            byte[] data = Mutated(original, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            try
            {
                SentencePieceTokenizer tokenizer = TokenizerLoader.Create(name, data, TokenizerConfigFile.Default);
                tokenizer.Encode(Probe, encoded);
                string decoded = tokenizer.Decode(encoded.Ids);
                Assert.True(decoded.Length <= Probe.Length * 1200);
            }
            catch (TokenizerFormatException error)
            {
                Assert.StartsWith(name, error.Message);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(
                allocated <= (64L << 20) + (4L * data.Length), $"seed {seed}, round {round}: {allocated} bytes");
            Assert.True(clock.Elapsed.TotalSeconds < 5, $"seed {seed}, round {round}: {clock.Elapsed.TotalSeconds} s");
        }
    }

    private static byte[] Mutated(byte[] original, Random random)
    {
        byte[] data = [.. original];
        switch (random.Next(5))
        {
            case 0:
                return data[..random.Next(data.Length)];
            case 1:
                int from = random.Next(data.Length);
                int to = random.Next(from, Math.Min(data.Length, from + 64));
                return [.. data[..from], .. data[to..]];
            case 2:
                random.NextBytes(data.AsSpan(random.Next(data.Length - 8), 8));
                return data;
            default:
                byte[] telling = [0, 1, 0x7F, 0x80, 0xFF];
                for (int i = random.Next(1, 9); i > 0; i--)
                {
                    // Half of the changes near the beginning, where sizes and keys are.
                    int at = random.Next(random.Next(2) == 0 ? data.Length : Math.Min(data.Length, 700));
                    data[at] = random.Next(2) == 0 ? (byte)random.Next(256) : telling[random.Next(telling.Length)];
                }

                return data;
        }
    }
}
