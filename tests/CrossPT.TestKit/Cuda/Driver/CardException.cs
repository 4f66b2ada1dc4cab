using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>What a call of the driver is answered with instead of success.</summary>
internal sealed class CardException(CudaError error, string why) : Exception(why)
{
    public CudaError Error => error;
}
