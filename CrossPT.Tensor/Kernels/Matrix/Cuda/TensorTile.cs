using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The 64 × 64 elements of a result that one warp sums with tensor cores: 4 × 8 fragments of [16, 8], in registers.
/// </summary>
internal struct TensorTile
{
    public Float4 C00, C01, C02, C03, C04, C05, C06, C07;
    public Float4 C10, C11, C12, C13, C14, C15, C16, C17;
    public Float4 C20, C21, C22, C23, C24, C25, C26, C27;
    public Float4 C30, C31, C32, C33, C34, C35, C36, C37;

    /// <summary>
    /// Adds the product of four fragments [16, 16] of A and eight [16, 8] of B, two of those in each operand.
    /// </summary>
    public void Step(Int4 a0, Int4 a1, Int4 a2, Int4 a3, Int4 b01, Int4 b23, Int4 b45, Int4 b67)
    {
        C00 = Intrinsics.MultiplyMatrices(a0, b01.X, b01.Y, C00);
        C01 = Intrinsics.MultiplyMatrices(a0, b01.Z, b01.W, C01);
        C02 = Intrinsics.MultiplyMatrices(a0, b23.X, b23.Y, C02);
        C03 = Intrinsics.MultiplyMatrices(a0, b23.Z, b23.W, C03);
        C04 = Intrinsics.MultiplyMatrices(a0, b45.X, b45.Y, C04);
        C05 = Intrinsics.MultiplyMatrices(a0, b45.Z, b45.W, C05);
        C06 = Intrinsics.MultiplyMatrices(a0, b67.X, b67.Y, C06);
        C07 = Intrinsics.MultiplyMatrices(a0, b67.Z, b67.W, C07);
        C10 = Intrinsics.MultiplyMatrices(a1, b01.X, b01.Y, C10);
        C11 = Intrinsics.MultiplyMatrices(a1, b01.Z, b01.W, C11);
        C12 = Intrinsics.MultiplyMatrices(a1, b23.X, b23.Y, C12);
        C13 = Intrinsics.MultiplyMatrices(a1, b23.Z, b23.W, C13);
        C14 = Intrinsics.MultiplyMatrices(a1, b45.X, b45.Y, C14);
        C15 = Intrinsics.MultiplyMatrices(a1, b45.Z, b45.W, C15);
        C16 = Intrinsics.MultiplyMatrices(a1, b67.X, b67.Y, C16);
        C17 = Intrinsics.MultiplyMatrices(a1, b67.Z, b67.W, C17);
        C20 = Intrinsics.MultiplyMatrices(a2, b01.X, b01.Y, C20);
        C21 = Intrinsics.MultiplyMatrices(a2, b01.Z, b01.W, C21);
        C22 = Intrinsics.MultiplyMatrices(a2, b23.X, b23.Y, C22);
        C23 = Intrinsics.MultiplyMatrices(a2, b23.Z, b23.W, C23);
        C24 = Intrinsics.MultiplyMatrices(a2, b45.X, b45.Y, C24);
        C25 = Intrinsics.MultiplyMatrices(a2, b45.Z, b45.W, C25);
        C26 = Intrinsics.MultiplyMatrices(a2, b67.X, b67.Y, C26);
        C27 = Intrinsics.MultiplyMatrices(a2, b67.Z, b67.W, C27);
        C30 = Intrinsics.MultiplyMatrices(a3, b01.X, b01.Y, C30);
        C31 = Intrinsics.MultiplyMatrices(a3, b01.Z, b01.W, C31);
        C32 = Intrinsics.MultiplyMatrices(a3, b23.X, b23.Y, C32);
        C33 = Intrinsics.MultiplyMatrices(a3, b23.Z, b23.W, C33);
        C34 = Intrinsics.MultiplyMatrices(a3, b45.X, b45.Y, C34);
        C35 = Intrinsics.MultiplyMatrices(a3, b45.Z, b45.W, C35);
        C36 = Intrinsics.MultiplyMatrices(a3, b67.X, b67.Y, C36);
        C37 = Intrinsics.MultiplyMatrices(a3, b67.Z, b67.W, C37);
    }

    /// <summary>
    /// Puts the fragments into shared memory [64, stride] as pairs: lane l has rows l / 4 and 8 further, columns 2 · (l
    /// mod 4) and the next, of each.
    /// </summary>
    public readonly void Stage(ArrayView<Float2> shared, int stride, int column)
    {
        int lane = Group.IdxX & 31, at = (((lane >> 2) * stride) + column) / 2 + (lane & 3);
        Half(shared, at, stride, C00, C01, C02, C03);
        Half(shared, at + 16, stride, C04, C05, C06, C07);
        Half(shared, at + (8 * stride), stride, C10, C11, C12, C13);
        Half(shared, at + (8 * stride) + 16, stride, C14, C15, C16, C17);
        Half(shared, at + (16 * stride), stride, C20, C21, C22, C23);
        Half(shared, at + (16 * stride) + 16, stride, C24, C25, C26, C27);
        Half(shared, at + (24 * stride), stride, C30, C31, C32, C33);
        Half(shared, at + (24 * stride) + 16, stride, C34, C35, C36, C37);
    }

    private static void Half(ArrayView<Float2> shared, int at, int stride, Float4 c0, Float4 c1, Float4 c2, Float4 c3)
    {
        shared[at] = new Float2(c0.X, c0.Y);
        shared[at + 4] = new Float2(c1.X, c1.Y);
        shared[at + 8] = new Float2(c2.X, c2.Y);
        shared[at + 12] = new Float2(c3.X, c3.Y);
        int below = at + (4 * stride);
        shared[below] = new Float2(c0.Z, c0.W);
        shared[below + 4] = new Float2(c1.Z, c1.W);
        shared[below + 8] = new Float2(c2.Z, c2.W);
        shared[below + 12] = new Float2(c3.Z, c3.W);
    }
}
