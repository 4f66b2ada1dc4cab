namespace CrossPT.Tensors;

/// <summary>
/// Where each sequence of a packed batch begins: B sequences lie end to end in R rows, sequence i in rows
/// <c>[this[i], this[i + 1])</c>. No row is spent on padding.
/// </summary>
public sealed class SequenceOffsets
{
    private readonly int[] _starts;
    private Scaled? _scaled;

    private SequenceOffsets(int[] starts, int longest)
    {
        _starts = starts;
        Longest = longest;
    }

    /// <summary>Number of sequences, B.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Number of rows of all sequences together, R.</summary>
    public int Rows => _starts[^1];

    /// <summary>Rows of the longest sequence.</summary>
    public int Longest { get; }

    /// <summary>First row of sequence <paramref name="index"/>; at <see cref="Count"/>, the number of rows.</summary>
    public int this[int index] => _starts[index];

    /// <summary>The B + 1 offsets.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Rows of sequence <paramref name="index"/>.</summary>
    public int LengthOf(int index) => _starts[index + 1] - _starts[index];

    /// <summary>Offsets of sequences with these lengths.</summary>
    /// <exception cref="ArgumentException">A length is negative, or the sum exceeds 2^31 − 1.</exception>
    public static SequenceOffsets FromLengths(ReadOnlySpan<int> lengths)
    {
        int[] starts = new int[lengths.Length + 1];
        int longest = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] < 0 || lengths[i] > int.MaxValue - starts[i])
                throw new ArgumentException(
                    $"SequenceOffsets: length {lengths[i]} of sequence {i} after {starts[i]} rows.", nameof(lengths));
            starts[i + 1] = starts[i] + lengths[i];
            longest = Math.Max(longest, lengths[i]);
        }
        return new SequenceOffsets(starts, longest);
    }

    /// <summary>Offsets of <paramref name="count"/> sequences of <paramref name="length"/> rows each.</summary>
    public static SequenceOffsets Uniform(int count, int length)
    {
        int[] lengths = new int[count];
        Array.Fill(lengths, length);
        return FromLengths(lengths);
    }

    /// <summary>
    /// Offsets of sequences <paramref name="factor"/> times as long; asked for the same again, the same object, which a
    /// device may have by then.
    /// </summary>
    public SequenceOffsets Scale(int factor)
    {
        if (_scaled is { } last && last.Factor == factor) return last.Offsets;
        int[] starts = Array.ConvertAll(_starts, start => checked(start * factor));
        SequenceOffsets scaled = new(starts, checked(Longest * factor));
        _scaled = new Scaled(factor, scaled);
        return scaled;
    }

    private sealed record Scaled(int Factor, SequenceOffsets Offsets);
}
