using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>Four neighbouring floats: one 16-byte access of a kernel.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;
}
