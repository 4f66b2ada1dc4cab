using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// All memory of an accelerator as one buffer that begins at address 0, so that the view of any device address is
/// arithmetic: no table of buffers is searched at a launch, and tensors stay addresses, as on the CPU.
/// </summary>
internal sealed class AddressSpace : MemoryBuffer
{
    public AddressSpace(Accelerator accelerator)
        : base(accelerator, long.MaxValue, 1) => NativePtr = 0;

    /// <summary>
    /// A view of <paramref name="length"/> elements from an address that is a multiple of their size.
    /// </summary>
    public ArrayView<T> View<T>(nint address, long length)
        where T : unmanaged =>
            length == 0 ? ArrayView<T>.Empty : new ArrayView<T>(this, address / ArrayView<T>.ElementSize, length);

    protected override void MemSet(AcceleratorStream stream, byte value, in ArrayView<byte> targetView) =>
        throw Unused();

    protected override void CopyTo(
        AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) => throw Unused();

    protected override void CopyFrom(
        AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) => throw Unused();

    /// <summary>Owns nothing.</summary>
    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }

    private static NotSupportedException Unused() => new("AddressSpace: copies go through the back end.");
}
