using CrossPT.Tensors;
using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// Counts the memory that loading a model asks for; packed weights lie outside what the CPU back end itself counts.
/// </summary>
internal sealed class CountingBackend : ForwardingBackend
{
    private long _bytes;

    public CountingBackend(IBackend inner)
        : base(inner) => Matrix = new CountingMatrix(this, inner.Matrix);

    public long Bytes
    {
        get => Interlocked.Read(ref _bytes);
        set => Interlocked.Exchange(ref _bytes, value);
    }

    public override IMatrixKernels Matrix { get; }

    public override Storage AllocateStorage(long byteLength)
    {
        Interlocked.Add(ref _bytes, byteLength);
        return base.AllocateStorage(byteLength);
    }

    private sealed class CountingMatrix(CountingBackend counter, IMatrixKernels inner) : ForwardingMatrix(inner)
    {
        public override IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false) =>
            Counted(base.CreatePacked(groups, outputs, inputs, isTable));

        public override IPackedMatrix Stack(IPackedMatrix weight) => Counted(base.Stack(weight));

        private IPackedMatrix Counted(IPackedMatrix packed)
        {
            Interlocked.Add(ref counter._bytes, packed.ByteLength);
            return packed;
        }
    }
}
