namespace CrossPT.Tensors.Files;

/// <summary>What may be built from a file whose few bytes can ask for many objects: so much and no more.</summary>
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
