namespace CrossPT.Transformer.Tokenization;

/// <summary>Text as a JSON string in UTF-8 (RFC 8259, section 7): only what must be escaped is.</summary>
internal static class JsonText
{
    /// <summary>Bytes of the JSON string, quotes included.</summary>
    public static int SizeOf(ReadOnlySpan<byte> utf8)
    {
        int size = utf8.Length + 2;
        foreach (byte next in utf8)
        {
            if (next < ' ')
            {
                size += 5;
            }
            else if (next is (byte)'"' or (byte)'\\')
            {
                size++;
            }
        }

        return size;
    }

    /// <summary>Writes the JSON string.</summary>
    /// <param name="utf8">Valid UTF-8.</param>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        int written = 0;
        destination[written++] = (byte)'"';
        foreach (byte next in utf8)
        {
            if (next < ' ')
            {
                "\\u00"u8.CopyTo(destination[written..]);
                destination[written + 4] = (byte)('0' + (next >> 4));
                destination[written + 5] = (byte)"0123456789abcdef"[next & 0xF];
                written += 6;
            }
            else
            {
                if (next is (byte)'"' or (byte)'\\')
                {
                    destination[written++] = (byte)'\\';
                }

                destination[written++] = next;
            }
        }

        destination[written++] = (byte)'"';
        return written;
    }
}
