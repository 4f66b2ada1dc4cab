using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Kit;

/// <summary>The CPU with little memory: what is over <see cref="Limit"/> is refused, as a device refuses it.</summary>
internal sealed class LimitedBackend() : ForwardingBackend(new CpuBackend(1))
{
    public long Limit { get; set; } = long.MaxValue;

    public long Used { get; private set; }

    public long HighestUsed { get; private set; }

    public override string Name => "limited";

    public override Storage AllocateStorage(long byteLength)
    {
        if (Used + byteLength > Limit)
            throw new OutOfMemoryException($"limited: {byteLength} bytes were asked for; {Used} are in use.");
        Used += byteLength;
        HighestUsed = Math.Max(HighestUsed, Used);
        // It lives as long as the storage, whatever scope is open.
        Tensor held = TensorScope.Detach(Tensor.Allocate(Inner, new Shape((int)byteLength), DType.UInt8));
        return new Storage(this, held.Address, byteLength, _ =>
        {
            Used -= byteLength;
            held.Dispose();
        });
    }
}
