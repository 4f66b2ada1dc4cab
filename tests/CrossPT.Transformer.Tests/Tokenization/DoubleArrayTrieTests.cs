using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

public class DoubleArrayTrieTests
{
    private static DoubleArrayTrie Build(IReadOnlyList<byte[]> keys)
    {
        int start = 0;
        return DoubleArrayTrieBuilder.Build(
            [.. keys.SelectMany(key => key)],
            keys.Select((key, value) => new DoubleArrayTrieBuilder.Key((start += key.Length) - key.Length, key.Length, value, -1)).ToArray());
    }

    [Fact]
    public void Find_RandomKeys_AgreesWithADictionary()
    {
        var random = new Random(3);
        var keys = new Dictionary<string, byte[]>();
        while (keys.Count < 5000)
        {
            byte[] key = new byte[random.Next(1, 9)];
            for (int i = 0; i < key.Length; i++)
            {
                key[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(6));
            }

            keys.TryAdd(Convert.ToHexString(key), key);
        }

        byte[][] all = [.. keys.Values];
        DoubleArrayTrie sut = Build(all);
        var indices = all.Select((key, i) => (Convert.ToHexString(key), i)).ToDictionary();
        for (int i = 0; i < all.Length; i++)
        {
            Assert.Equal(i, sut.Find(all[i]));
            byte[] other = [.. all[i], (byte)random.Next(4)];
            Assert.Equal(indices.GetValueOrDefault(Convert.ToHexString(other), -1), sut.Find(other));
        }
    }

    [Fact]
    public void LongestPrefix_NestedKeys_TakesTheLongest()
    {
        DoubleArrayTrie sut = Build([.. new[] { "a", "abc", "abcde" }.Select(Encoding.ASCII.GetBytes)]);
        Assert.Equal(3, sut.LongestPrefix("abcdx"u8, out int value));
        Assert.Equal(1, value);
        Assert.Equal(0, sut.LongestPrefix("b"u8, out value));
        Assert.Equal(-1, value);
    }

    [Fact]
    public void Find_NoKeys_FindsNothing()
    {
        DoubleArrayTrie sut = Build([]);
        for (int b = 0; b < 256; b++)
        {
            Assert.Equal(-1, sut.Find([(byte)b]));
        }
    }

    [Fact]
    public void Build_EqualKeys_NamesTheLaterOne() =>
        Assert.Equal(2, Assert.Throws<DoubleArrayTrieBuilder.DuplicateKeyException>(() => Build(["a"u8.ToArray(), "b"u8.ToArray(), "a"u8.ToArray()])).Value);
}
