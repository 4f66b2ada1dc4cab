namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// The spelling of ▁ (U+2581, three bytes in UTF-8) as one byte, the space, inside the encoder. It is reversible because
/// a text whose spaces are escaped has none left.
/// </summary>
internal static class SpaceCode
{
    /// <summary>▁ in UTF-8.</summary>
    public static ReadOnlySpan<byte> Symbol => "\u2581"u8;

    /// <summary>Rewrites UTF-8: both ▁ and the space become the byte for a space.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="destination">At least as long.</param>
    /// <returns>Bytes written.</returns>
    public static int FromUtf8(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        while (true)
        {
            int next = text.IndexOf(Symbol);
            ReadOnlySpan<byte> part = next < 0 ? text : text[..next];
            part.CopyTo(destination[written..]);
            written += part.Length;
            if (next < 0)
            {
                return written;
            }

            destination[written++] = Normalizer.Space;
            text = text[(next + Symbol.Length)..];
        }
    }

    /// <summary>Rewrites the inner form as UTF-8.</summary>
    /// <param name="text">The inner form.</param>
    /// <param name="destination">At least three times as long.</param>
    /// <returns>Bytes written.</returns>
    public static int ToUtf8(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        foreach (byte next in text)
        {
            if (next == Normalizer.Space)
            {
                Symbol.CopyTo(destination[written..]);
                written += Symbol.Length;
            }
            else
            {
                destination[written++] = next;
            }
        }

        return written;
    }
}
