using ILGPU;
using Floats = ILGPU.ArrayView<float>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <content>The kernels. A row is read twice; the second time it comes from the cache.</content>
internal sealed partial class CudaNorm
{
    private static void ForwardQuads(Quads x, Quads weight, Quads y, Floats inverse, int quads, float epsilon)
    {
        long start = (long)Grid.IdxX * quads;
        float sum = 0;
        for (int i = Group.IdxX; i < quads; i += Group.DimX)
        {
            Float4 value = x[start + i];
            sum = Intrinsics.Fma(value.X, value.X, sum);
            sum = Intrinsics.Fma(value.Y, value.Y, sum);
            sum = Intrinsics.Fma(value.Z, value.Z, sum);
            sum = Intrinsics.Fma(value.W, value.W, sum);
        }
        float r = 1 / MathF.Sqrt((GroupMath.Sum(sum) / (quads * 4)) + epsilon);
        if (Group.IdxX == 0) inverse[Grid.IdxX] = r;
        for (int i = Group.IdxX; i < quads; i += Group.DimX)
        {
            Float4 value = x[start + i], scale = weight[i];
            y[start + i] = new Float4(value.X * r * scale.X, value.Y * r * scale.Y, value.Z * r * scale.Z, value.W * r * scale.W);
        }
    }

    private static void ForwardOne(Floats x, Floats weight, Floats y, Floats inverse, int columns, float epsilon)
    {
        long start = (long)Grid.IdxX * columns;
        float sum = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float value = x[start + i];
            sum = Intrinsics.Fma(value, value, sum);
        }
        float r = 1 / MathF.Sqrt((GroupMath.Sum(sum) / columns) + epsilon);
        if (Group.IdxX == 0) inverse[Grid.IdxX] = r;
        for (int i = Group.IdxX; i < columns; i += Group.DimX) y[start + i] = x[start + i] * r * weight[i];
    }

    private static void BackwardQuads(Quads dy, Quads x, Quads weight, Floats inverse, Quads dx, int quads, int accumulate)
    {
        long start = (long)Grid.IdxX * quads;
        float sum = 0;
        for (int i = Group.IdxX; i < quads; i += Group.DimX)
        {
            Float4 d = dy[start + i], value = x[start + i], scale = weight[i];
            sum = Intrinsics.Fma(d.X * scale.X, value.X, sum);
            sum = Intrinsics.Fma(d.Y * scale.Y, value.Y, sum);
            sum = Intrinsics.Fma(d.Z * scale.Z, value.Z, sum);
            sum = Intrinsics.Fma(d.W * scale.W, value.W, sum);
        }
        float r = inverse[Grid.IdxX], back = -r * r * r * (GroupMath.Sum(sum) / (quads * 4));
        for (int i = Group.IdxX; i < quads; i += Group.DimX)
        {
            Float4 d = dy[start + i], value = x[start + i], scale = weight[i];
            Float4 result = new(
                Intrinsics.Fma(value.X, back, d.X * scale.X * r), Intrinsics.Fma(value.Y, back, d.Y * scale.Y * r),
                Intrinsics.Fma(value.Z, back, d.Z * scale.Z * r), Intrinsics.Fma(value.W, back, d.W * scale.W * r));
            if (accumulate != 0)
            {
                Float4 before = dx[start + i];
                result = new Float4(before.X + result.X, before.Y + result.Y, before.Z + result.Z, before.W + result.W);
            }
            dx[start + i] = result;
        }
    }

    private static void BackwardOne(Floats dy, Floats x, Floats weight, Floats inverse, Floats dx, int columns, int accumulate)
    {
        long start = (long)Grid.IdxX * columns;
        float sum = 0;
        for (int i = Group.IdxX; i < columns; i += Group.DimX) sum = Intrinsics.Fma(dy[start + i] * weight[i], x[start + i], sum);
        float r = inverse[Grid.IdxX], back = -r * r * r * (GroupMath.Sum(sum) / columns);
        for (int i = Group.IdxX; i < columns; i += Group.DimX)
        {
            float value = Intrinsics.Fma(x[start + i], back, dy[start + i] * weight[i] * r);
            dx[start + i] = accumulate != 0 ? dx[start + i] + value : value;
        }
    }
}
