using System.Buffers.Binary;
using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>Writes small SentencePiece models in protobuf wire format.</summary>
internal sealed class ModelWriter
{
    private readonly MemoryStream _pieces = new();
    private readonly MemoryStream _trainer = new();
    private readonly MemoryStream _normalizer = new();

    /// <summary>Some fifty pieces and a small charsmap: all of the format that T5 uses.</summary>
    public static ModelWriter Small()
    {
        ModelWriter writer = new ModelWriter()
            .Piece("<pad>", 0, PieceType.Control)
            .Piece("</s>", 0, PieceType.Control)
            .Piece("<unk>", 0, PieceType.Unknown)
            .Piece("\u2581", -2);
        for (char c = 'a'; c <= 'z'; c++)
        {
            writer.Piece(c.ToString(), -4 - ((c - 'a') * 0.125f));
        }

        foreach (string piece in (string[])[
            "th", "the", "\u2581the", "\u2581a", "ing", "er", "he", "\u2581hello", "\u2581world", "é", "\u2581caf", "1",
            "2", ".", ","])
        {
            writer.Piece(piece, -3 - (piece.Length * 0.5f));
        }

        return writer.Normalizer(
            2,
            CharsMap(
                ("\t", " "), ("\u00a0", " "), ("\u3000", " "), ("e\u0301", "é"), ("\u2460", "1"), ("\u200b", ""),
                ("ﬁ", "fi")));
    }

    /// <summary>A charsmap in darts-clone's layout, each state with a block of its own.</summary>
    public static byte[] CharsMap(params (string Key, string Replacement)[] rules)
    {
        var replacements = new MemoryStream();
        var states = new List<(SortedDictionary<byte, int> Children, int Value)> { ([], -1) };
        foreach ((string key, string replacement) in rules)
        {
            int state = 0;
            foreach (byte label in Encoding.UTF8.GetBytes(key))
            {
                if (!states[state].Children.TryGetValue(label, out int child))
                {
                    child = states.Count;
                    states[state].Children[label] = child;
                    states.Add(([], -1));
                }

                state = child;
            }

            states[state] = (states[state].Children, (int)replacements.Length);
            replacements.Write(Encoding.UTF8.GetBytes(replacement));
            replacements.WriteByte(0);
        }

        // State s has the base 256 * (s + 1). Units that are not in use bear the label of a base that is none.
        uint[] units = new uint[256 * (states.Count + 1)];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = (uint)(i ^ 1) & 0xFF;
        }

        int[] index = new int[states.Count];
        for (int s = 0; s < states.Count; s++)
        {
            int childBase = 256 * (s + 1);
            uint link = (uint)(index[s] ^ childBase) << 10;
            units[index[s]] = link | (units[index[s]] & 0xFF);
            if (s == 0)
            {
                units[0] = link;
            }

            if (states[s].Value >= 0)
            {
                units[index[s]] |= 1u << 8;
                units[childBase] = (1u << 31) | (uint)states[s].Value;
            }

            foreach ((byte label, int child) in states[s].Children)
            {
                index[child] = childBase ^ label;
                units[index[child]] = label;
            }
        }

        byte[] blob = new byte[4 + (units.Length * 4) + replacements.Length];
        BinaryPrimitives.WriteInt32LittleEndian(blob, units.Length * 4);
        for (int i = 0; i < units.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + (i * 4)), units[i]);
        }

        replacements.ToArray().CopyTo(blob, 4 + (units.Length * 4));
        return blob;
    }

    public ModelWriter Piece(string piece, float score, PieceType type = PieceType.Normal) =>
        Piece(Encoding.UTF8.GetBytes(piece), score, (int)type);

    public ModelWriter Piece(byte[] piece, float score, int type)
    {
        var message = new MemoryStream();
        Field(message, 1, piece);
        message.WriteByte((2 << 3) | 5);
        message.Write(BitConverter.GetBytes(score));
        Field(message, 3, type);
        Field(_pieces, 1, message.ToArray());
        return this;
    }

    public ModelWriter Trainer(int field, int value)
    {
        Field(_trainer, field, value);
        return this;
    }

    public ModelWriter Normalizer(int field, int value)
    {
        Field(_normalizer, field, value);
        return this;
    }

    public ModelWriter Normalizer(int field, byte[] value)
    {
        Field(_normalizer, field, value);
        return this;
    }

    public byte[] ToArray()
    {
        var model = new MemoryStream();
        model.Write(_pieces.ToArray());
        Field(model, 2, _trainer.ToArray());
        Field(model, 3, _normalizer.ToArray());
        return model.ToArray();
    }

    public SentencePieceTokenizer ToTokenizer() =>
        TokenizerLoader.Create("small.model", ToArray(), TokenizerConfigFile.Default);

    private static void Field(Stream stream, int field, byte[] value)
    {
        Varint(stream, ((uint)field << 3) | 2);
        Varint(stream, (uint)value.Length);
        stream.Write(value);
    }

    private static void Field(Stream stream, int field, int value)
    {
        Varint(stream, (uint)field << 3);
        Varint(stream, (uint)value);
    }

    private static void Varint(Stream stream, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
