using CrossPT.Tensors;

namespace CrossPT.Samples;

/// <summary>
/// The texts of lessons 7 and 8, of good words only or of bad words only, and a tokenizer of ten words.
/// </summary>
internal static class ToyTexts
{
    private static readonly string[] s_good = ["sun", "joy", "gift", "song"], s_bad = ["rain", "loss", "debt", "noise"];

    /// <summary>A <c>tokenizer.json</c> of whole words; U+2581 is SentencePiece's mark for a space.</summary>
    public static string Tokenizer()
    {
        string[] words = ["good", "bad", .. s_good, .. s_bad];
        string pieces = string.Join(", ", words.Select(static word => $"[\"\u2581{word}\", -1]"));
        return $$"""
            { "added_tokens": [ { "id": 0, "content": "<pad>", "special": true },
                { "id": 1, "content": "</s>", "special": true }, { "id": 2, "content": "<unk>", "special": true } ],
              "pre_tokenizer": { "type": "Sequence", "pretokenizers": [ { "type": "WhitespaceSplit" },
                { "type": "Metaspace", "replacement": "\u2581", "add_prefix_space": true } ] },
              "model": { "type": "Unigram", "unk_id": 2,
                "vocab": [ ["<pad>", 0], ["</s>", 0], ["<unk>", 0], {{pieces}} ] } }
            """;
    }

    /// <summary>Rows of JSON lines, good and bad in turn.</summary>
    public static string Rows(int count, ulong seed)
    {
        CounterRandom random = new(seed);
        string rows = "";
        for (int i = 0; i < count; i++)
        {
            string[] words = i % 2 == 1 ? s_good : s_bad;
            string[] text = [.. Enumerable.Range(0, 3 + random.NextInt32(4)).Select(_ => words[random.NextInt32(4)])];
            rows += $$"""{"text": "{{string.Join(' ', text)}}", "label": {{i % 2}}}""" + "\n";
        }
        return rows;
    }
}
