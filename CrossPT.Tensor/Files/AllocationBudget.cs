namespace CrossPT.Tensors.Files;

/// <summary>A limit on the objects built from a file, a few bytes of which can ask for many.</summary>
internal sealed class AllocationBudget(string path, long bytes)
{
    private long _used;

    /// <summary>Takes roughly what an object costs.</summary>
    /// <exception cref="TensorFileException">The file asks for more than a file of its size should.</exception>
    public void Charge(long cost)
    {
        _used += cost;
        if (_used > bytes)
            throw new TensorFileException(
                path, $"its pickle describes more than {bytes >> 20} MB of objects, too much for a file of its size");
    }
}
