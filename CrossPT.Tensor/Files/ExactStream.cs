namespace CrossPT.Tensors.Files;

/// <summary>Passes an exact number of bytes on to a stream and refuses one more.</summary>
internal sealed class ExactStream(Stream inner, long expected, string name) : Stream
{
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > expected - _written)
            throw new InvalidOperationException(
                $"{_written + buffer.Length} bytes written for {name}, expected {expected}.");
        inner.Write(buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public void CheckComplete()
    {
        if (_written != expected)
            throw new InvalidOperationException($"{_written} bytes written for {name}, expected {expected}.");
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
