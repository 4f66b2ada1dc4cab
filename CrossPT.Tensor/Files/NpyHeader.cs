using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CrossPT.Tensors.Files;

/// <summary>
/// The header of a <c>.npy</c> file, versions 1 to 3 (numpy/lib/format.py): a Python dictionary of three known keys,
/// read by a parser that knows nothing else.
/// </summary>
internal ref struct NpyHeader
{
    private const int LengthLimit = 1 << 16;

    private readonly string _path;
    private readonly int _start;
    private readonly string _text;
    private int _at;

    private NpyHeader(string path, int start, string text)
    {
        _path = path;
        _start = start;
        _text = text;
    }

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public DType Type { get; private set; }

    public bool FortranOrder { get; private set; }

    public int[] Sizes { get; private set; } = [];

    /// <summary>Bytes before the first element.</summary>
    public readonly int Length => _start + _text.Length;

    public static NpyHeader Read(PositionalFile file)
    {
        Span<byte> prefix = stackalloc byte[12];
        int have = (int)Math.Min(prefix.Length, file.Length);
        file.ReadExactly(0, prefix[..have]);
        if (!prefix[..have].StartsWith(Magic))
            throw new TensorFileException(
                file.Path, $"byte 0: no NumPy signature in a file of {file.Length} bytes, expected 0x93 'NUMPY'");
        int version = have < 12 ? 0 : prefix[6];
        if (version is < 1 or > 3)
            throw new TensorFileException(
                file.Path,
                have < 12
                    ? "byte 6: the file ends within the NumPy header"
                    : $"byte 6: version {version}, expected 1, 2 or 3");
        int start = version == 1 ? 10 : 12;
        uint length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (length > LengthLimit || length > file.Length - start)
            throw new TensorFileException(
                file.Path,
                $"byte 8: the header length is {length}, expected at most "
                    + $"{Math.Min(LengthLimit, file.Length - start)}");
        byte[] bytes = new byte[length];
        file.ReadExactly(start, bytes);
        if (bytes.AsSpan().ContainsAnyExceptInRange((byte)9, (byte)126))
            throw new TensorFileException(
                file.Path, $"header byte {start}: characters other than ASCII, expected none in an array of numbers");
        NpyHeader header = new(file.Path, start, Encoding.ASCII.GetString(bytes));
        header.Parse();
        return header;
    }

    private void Parse()
    {
        bool type = false, order = false, sizes = false;
        Expect('{');
        while (!TryTake('}'))
        {
            int place = _at;
            string key = Text();
            Expect(':');
            if (key == "descr" && !type)
            {
                Type = ParseType();
                type = true;
            }
            else if (key == "fortran_order" && !order)
            {
                FortranOrder = Truth();
                order = true;
            }
            else if (key == "shape" && !sizes)
            {
                Sizes = ParseSizes();
                sizes = true;
            }
            else
            {
                throw Fail(
                    place,
                    $"the key {TensorFileException.Quote(key)}, expected descr, fortran_order and shape, once each");
            }
            if (TryTake(',')) continue;
            Expect('}');
            break;
        }
        if (!type || !order || !sizes)
            throw Fail(_at, "the header ends, expected descr, fortran_order and shape, once each");
        SkipSpace();
        if (_at != _text.Length) throw Fail(_at, $"'{_text[_at]}' after the header, expected padding");
    }

    private DType ParseType()
    {
        int place = _at;
        SkipSpace();
        if (_at < _text.Length && _text[_at] == '[')
            throw Fail(place, "a structured array, expected an array of plain numbers");
        string type = Text();
        return type switch
        {
            "<f8" => DType.Float64,
            "<f4" => DType.Float32,
            "<f2" => DType.Float16,
            "<i8" => DType.Int64,
            "<i4" => DType.Int32,
            "<i2" => DType.Int16,
            "|i1" => DType.Int8,
            "|u1" => DType.UInt8,
            "|b1" => DType.Boolean,
            _ => throw Fail(
                place,
                $"elements of type {TensorFileException.Quote(type)}, expected <f8, <f4, <f2, <i8, <i4, <i2, |i1, "
                    + $"|u1 or |b1"),
        };
    }

    private int[] ParseSizes()
    {
        List<int> sizes = [];
        Expect('(');
        while (!TryTake(')'))
        {
            if (sizes.Count == EntryTable.RankLimit) throw Fail(_at, $"more than {EntryTable.RankLimit} dimensions");
            SkipSpace();
            int begin = _at;
            while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '-')) _at++;
            if (!int.TryParse(
                _text.AsSpan(begin, _at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out int size))
                throw Fail(begin, $"a size that is not a number from 0 to {int.MaxValue}");
            sizes.Add(size);
            if (TryTake(',')) continue;
            // "(3)" is the number three in Python, not a tuple of it.
            if (sizes.Count == 1) throw Fail(_at, "one size without a comma, expected a tuple");
            Expect(')');
            break;
        }
        return [.. sizes];
    }

    private bool Truth()
    {
        SkipSpace();
        foreach ((string word, bool value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
        {
            if (!_text.AsSpan(_at).StartsWith(word)) continue;
            _at += word.Length;
            return value;
        }
        throw Fail(_at, "fortran_order is neither True nor False");
    }

    private string Text()
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] is ('\'' or '"'))
        {
            int end = _text.IndexOf(_text[_at], _at + 1);
            if (end > 0)
            {
                string text = _text[(_at + 1)..end];
                _at = end + 1;
                return text;
            }
        }
        throw Fail(_at, "no text in quotes");
    }

    private void Expect(char wanted)
    {
        if (!TryTake(wanted))
            throw Fail(_at, $"{(_at < _text.Length ? $"'{_text[_at]}'" : "the end")}, expected '{wanted}'");
    }

    private bool TryTake(char wanted)
    {
        SkipSpace();
        if (_at == _text.Length || _text[_at] != wanted) return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (' ' or '\t' or '\n' or '\r')) _at++;
    }

    private readonly TensorFileException Fail(int at, string problem) =>
        new(_path, $"header byte {_start + at}: {problem}");
}
