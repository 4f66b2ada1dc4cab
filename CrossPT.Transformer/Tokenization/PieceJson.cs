namespace CrossPT.Transformer.Tokenization;

/// <summary>Every piece of a vocabulary as a JSON string in UTF-8, quotes included: made once, then copied. Immutable.</summary>
internal sealed class PieceJson
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    /// <summary>Escapes all pieces.</summary>
    public PieceJson(Vocabulary vocabulary)
    {
        _starts = new int[vocabulary.Count + 1];
        for (int id = 0; id < vocabulary.Count; id++)
        {
            _starts[id + 1] = _starts[id] + JsonText.SizeOf(vocabulary.PieceUtf8(id));
        }

        _bytes = new byte[_starts[^1]];
        for (int id = 0; id < vocabulary.Count; id++)
        {
            JsonText.Write(vocabulary.PieceUtf8(id), _bytes.AsSpan(_starts[id]));
        }
    }

    /// <summary>One piece.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);
}
