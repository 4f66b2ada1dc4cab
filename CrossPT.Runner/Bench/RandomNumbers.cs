using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Bench;

/// <summary>
/// Rows of numbers in [-1, 1) to measure with: cut from one random block, since drawing each anew takes longer than the
/// measurement.
/// </summary>
internal sealed class RandomNumbers
{
    // A prime, so that rows of round widths do not repeat.
    private const int BlockLength = 65537;

    private readonly float[] _block = new float[BlockLength];
    private float[] _row = [];
    private int _position;

    public RandomNumbers(ulong stream, ulong seed = 1)
    {
        CounterRandom random = new(seed, stream);
        for (int i = 0; i < _block.Length; i++) _block[i] = (2 * random.NextSingle()) - 1;
    }

    /// <summary>The next numbers as bytes of float32, until the next call.</summary>
    public ReadOnlySpan<byte> Next(int count)
    {
        if (_row.Length < count) _row = new float[count];
        for (int done = 0; done < count;)
        {
            int part = Math.Min(count - done, BlockLength - _position);
            _block.AsSpan(_position, part).CopyTo(_row.AsSpan(done));
            done += part;
            _position = (_position + part) % BlockLength;
        }
        return MemoryMarshal.AsBytes(_row.AsSpan(0, count));
    }
}
