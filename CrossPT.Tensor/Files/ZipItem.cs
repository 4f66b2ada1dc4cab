namespace CrossPT.Tensors.Files;

/// <summary>One item of a zip archive, as its table describes it.</summary>
internal sealed record ZipItem(
    string Name, int Method, long Length, long StoredLength, long HeaderOffset, uint Checksum)
{
    /// <summary>Whether the bytes stand in the file as they are.</summary>
    public bool IsStored => Method == 0;

    public override string ToString() => TensorFileException.Quote(Name);
}
