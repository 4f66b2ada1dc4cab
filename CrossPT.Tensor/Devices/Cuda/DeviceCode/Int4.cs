using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>Four registers: the fragments of four 8 × 8 matrices of bf16, two elements in each.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Int4(int x, int y, int z, int w)
{
    public int X = x;
    public int Y = y;
    public int Z = z;
    public int W = w;
}
