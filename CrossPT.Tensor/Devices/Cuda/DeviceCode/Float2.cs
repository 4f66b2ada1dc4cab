using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>Two neighbouring floats: one 8-byte access of a kernel.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal struct Float2(float x, float y)
{
    public float X = x, Y = y;
}
