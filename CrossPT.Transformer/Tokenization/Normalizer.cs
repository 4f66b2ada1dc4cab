using System.Buffers;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Sentencepiece's text normalisation (src/normalizer.cc): the longest mapping at each place is applied, bytes that are
/// not UTF-8 become U+FFFD, and spaces are put before, removed and escaped as the model asks.
/// </summary>
/// <remarks>
/// The result is UTF-8 with one change: where spaces are escaped, U+2581 (▁) is the single byte <see cref="Space"/>, which
/// cannot occur otherwise then. That makes ASCII text a plain copy and the commonest symbol one byte instead of three.
/// <see cref="SpaceCode"/> converts. Immutable.
/// </remarks>
internal sealed class Normalizer
{
    /// <summary>The byte for a space, or for ▁ where spaces are escaped.</summary>
    public const byte Space = (byte)' ';

    /// <summary>Follows the result; no UTF-8 has it.</summary>
    public const byte End = 0xFF;

    private readonly NormalizerOptions _options;
    private readonly PrecompiledCharsMap? _charsMap;
    private readonly DoubleArrayTrie? _userDefined;
    private readonly SearchValues<byte> _plain;

    /// <summary>Creates a normaliser.</summary>
    /// <param name="options">Whitespace rules.</param>
    /// <param name="charsMap">Replacements, or null.</param>
    /// <param name="userDefined">User-defined pieces, which are never replaced, or null.</param>
    public Normalizer(NormalizerOptions options, PrecompiledCharsMap? charsMap, DoubleArrayTrie? userDefined)
    {
        _options = options;
        _charsMap = charsMap;
        _userDefined = userDefined;

        bool[]? unmapped = charsMap?.PlainAscii();
        Span<byte> plain = stackalloc byte[128];
        int count = 0;
        for (byte c = 0; c < 128; c++)
        {
            bool beginsUserDefined = userDefined is not null && (byte)userDefined.Units[userDefined.RootBase ^ c].Link == c;
            if ((unmapped is null || unmapped[c]) && !beginsUserDefined)
            {
                plain[count++] = c;
            }
        }

        _plain = SearchValues.Create(plain[..count]);
    }

    /// <summary>Normalises a text.</summary>
    /// <param name="text">UTF-8; bytes that are not become U+FFFD.</param>
    /// <param name="buffer">Receives the result; replaced by a larger array when it is too small, and longer than the result by <see cref="WordCache.ReadBytes"/>.</param>
    /// <returns>Length of the result in bytes, without the byte <see cref="End"/> that follows it.</returns>
    public int Normalize(ReadOnlySpan<byte> text, ref byte[] buffer)
    {
        if (_options.RemoveExtraWhitespaces)
        {
            while (!text.IsEmpty)
            {
                int used = Prefix(text, out ReadOnlySpan<byte> symbol);
                if (symbol.Length != 1 || symbol[0] != ' ')
                {
                    break;
                }

                text = text[used..];
            }
        }

        if (text.IsEmpty)
        {
            return 0;
        }

        var output = new Output(buffer, _options);
        output.Reserve(text.Length);
        if (_options.AddDummyPrefix && !_options.WhitespaceAsSuffix)
        {
            output.AddSpace();
        }

        while (!text.IsEmpty)
        {
            int run = PlainRun(text);
            if (run > 0)
            {
                output.AddPlain(text[..run]);
                text = text[run..];
            }
            else
            {
                int used = Prefix(text, out ReadOnlySpan<byte> symbol);
                output.Add(symbol);
                text = text[used..];
            }
        }

        if (_options.RemoveExtraWhitespaces)
        {
            output.TrimEnd();
        }

        if (_options.AddDummyPrefix && _options.WhitespaceAsSuffix)
        {
            output.AddSpace();
        }

        output.Reserve(WordCache.ReadBytes + 1);
        output.Buffer[output.Length] = End;
        buffer = output.Buffer;
        return output.Length;
    }

    /// <summary>Length of the ASCII stretch at the beginning that no mapping touches.</summary>
    private int PlainRun(ReadOnlySpan<byte> text)
    {
        int run = text.IndexOfAnyExcept(_plain);
        if (run < 0)
        {
            return text.Length;
        }

        // A letter before a byte beyond ASCII may begin a mapping (a letter and a combining mark).
        return run > 0 && text[run] >= 0x80 ? run - 1 : run;
    }

    /// <summary>What the beginning of a text becomes.</summary>
    /// <returns>How many bytes of the text that takes.</returns>
    private int Prefix(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> symbol)
    {
        if (_userDefined is not null)
        {
            int length = _userDefined.LongestPrefix(text, out _);
            if (length > 0)
            {
                symbol = text[..length];
                return length;
            }
        }

        if (_charsMap is not null)
        {
            int length = _charsMap.Match(text, out symbol);
            if (length > 0)
            {
                return length;
            }
        }

        if (Rune.DecodeFromUtf8(text, out _, out int bytes) == OperationStatus.Done)
        {
            symbol = text[..bytes];
            return bytes;
        }

        symbol = "\uFFFD"u8;
        return 1;
    }

    /// <summary>The normalised text as it grows, and the state of the whitespace rules.</summary>
    private ref struct Output(byte[] buffer, NormalizerOptions options)
    {
        private readonly bool _removeExtra = options.RemoveExtraWhitespaces;
        private readonly bool _escape = options.EscapeWhitespaces;
        private bool _afterSpace = options.RemoveExtraWhitespaces;

        public byte[] Buffer = buffer;
        public int Length;

        public void Reserve(int more)
        {
            if (Buffer.Length - Length < more)
            {
                Array.Resize(ref Buffer, Math.Max(Length + more + 64, (int)Math.Min(Array.MaxLength, Buffer.Length * 2L)));
            }
        }

        public void AddSpace()
        {
            Reserve(1);
            Buffer[Length++] = Space;
        }

        /// <summary>Appends ASCII that stands for itself.</summary>
        public void AddPlain(ReadOnlySpan<byte> text)
        {
            Reserve(text.Length);
            if (!_removeExtra)
            {
                Copy(text);
                return;
            }

            while (!text.IsEmpty)
            {
                if (_afterSpace)
                {
                    text = text.TrimStart(Space);
                    if (text.IsEmpty)
                    {
                        return;
                    }
                }

                int twoSpaces = text.IndexOf("  "u8);
                ReadOnlySpan<byte> part = twoSpaces < 0 ? text : text[..(twoSpaces + 1)];
                Copy(part);
                _afterSpace = part[^1] == Space;
                text = text[part.Length..];
            }
        }

        /// <summary>Appends what one prefix of the input became.</summary>
        public void Add(ReadOnlySpan<byte> symbol)
        {
            if (_afterSpace)
            {
                symbol = symbol.TrimStart(Space);
            }

            if (symbol.IsEmpty)
            {
                return;
            }

            Reserve(symbol.Length);
            if (_escape)
            {
                Length += SpaceCode.FromUtf8(symbol, Buffer.AsSpan(Length));
            }
            else
            {
                Copy(symbol);
            }

            _afterSpace = _removeExtra && symbol[^1] == Space;
        }

        public void TrimEnd()
        {
            while (Length > 0 && Buffer[Length - 1] == Space)
            {
                Length--;
            }
        }

        private void Copy(ReadOnlySpan<byte> text)
        {
            text.CopyTo(Buffer.AsSpan(Length));
            Length += text.Length;
        }
    }
}
