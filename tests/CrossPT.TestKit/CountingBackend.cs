using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>Counts what is read back: on a device, each is a wait for all that was launched before.</summary>
public sealed class CountingBackend(IBackend inner) : ForwardingBackend(inner)
{
    /// <summary>Tensors copied to the host so far.</summary>
    public int ReadBacks { get; private set; }

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> destination)
    {
        ReadBacks++;
        base.CopyToHost(source, destination);
    }
}
