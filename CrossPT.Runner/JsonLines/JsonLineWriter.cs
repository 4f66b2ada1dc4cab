using System.Buffers;

namespace CrossPT.Runner.JsonLines;

/// <summary>Collects lines and hands them over in large pieces, only ever whole ones.</summary>
internal sealed class JsonLineWriter(Stream stream)
{
    private const int PieceLength = 1 << 16;

    private int _complete;

    /// <summary>Where a line is written to.</summary>
    public ArrayBufferWriter<byte> Buffer { get; } = new(2 * PieceLength);

    /// <summary>Ends the line.</summary>
    public void EndLine()
    {
        Buffer.Write("\n"u8);
        _complete = Buffer.WrittenCount;
        if (_complete >= PieceLength) Flush();
    }

    /// <summary>Writes the complete lines out; one that was begun is dropped.</summary>
    public void Flush()
    {
        if (_complete > 0)
        {
            stream.Write(Buffer.WrittenSpan[.._complete]);
            stream.Flush();
        }
        _complete = 0;
        Buffer.ResetWrittenCount();
    }
}
