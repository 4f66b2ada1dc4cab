namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Some elements of a tensor in bf16, in the same order: written by the kernel that computed them, read by the product
/// they go into. It is given up as soon as another kernel gets to see the float32 elements, which it might change.
/// </summary>
/// <param name="storage">Holds the copies; owned.</param>
/// <param name="first">Address of the first float32 element.</param>
/// <param name="length">Elements.</param>
/// <param name="mask">Address of the bits of the elements that were kept; 0 where all were.</param>
internal sealed class RoundedCopy(Storage storage, nint first, long length, nint mask) : IDisposable
{
    /// <summary>
    /// Address of a tensor's elements in bf16, those without a bit 0; 0 where there is no such copy, or its groups of
    /// <paramref name="width"/> columns do not all begin on 16-byte boundaries.
    /// </summary>
    public static nint Find(Tensor tensor, Tensor? mask, int width)
    {
        if (tensor.Storage.Attachment is not RoundedCopy copy || !tensor.IsContiguous || width % 8 != 0) return 0;
        return copy.Find(tensor.Address, tensor.Length, mask?.Address ?? 0);
    }

    /// <summary>Address of the bits that a tensor's copy was made with; 0 where there is no copy or no mask.</summary>
    public static nint MaskOf(Tensor tensor)
        => tensor.Storage.Attachment is RoundedCopy copy && copy.Covers(tensor) ? copy.Mask : 0;

    public void Dispose() => storage.Release();

    private nint Mask => mask;

    private bool Covers(Tensor tensor)
        => tensor.IsContiguous && tensor.Address == first && tensor.Length == length;

    private nint Find(nint address, long count, nint wanted)
    {
        long offset = (address - first) / sizeof(float);
        if (address < first || offset % 8 != 0 || offset + count > length || wanted != mask) return 0;
        // The bits belong to all of the elements.
        if (mask != 0 && count != length) return 0;
        return storage.Address + (nint)(offset * sizeof(ushort));
    }
}
