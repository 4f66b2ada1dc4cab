using System.Runtime.InteropServices;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Tensors.Tests.Kernels;

/// <summary>Weights in 16 bits: every kernel gives the bits that it gives of the same numbers in float32.</summary>
public sealed class NarrowWeightTests
{
    [Theory]
    [InlineData(DType.BFloat16, SimdWidth.Vector512, 1)]
    [InlineData(DType.BFloat16, SimdWidth.Vector512, 3)]
    [InlineData(DType.BFloat16, SimdWidth.Scalar, 2)]
    [InlineData(DType.Float16, SimdWidth.Vector512, 2)]
    [InlineData(DType.Float16, SimdWidth.Vector128, 1)]
    public void Kernels_GiveTheBitsOfFloat32(DType type, SimdWidth width, int threads)
    {
        using CpuBackend narrow = new(threads, width, type), wide = new(2, width);
        (int Groups, int Outputs, int Inputs)[] shapes =
            [(1, 1, 1), (1, 130, 33), (1, 64, 800), (3, 33, 65), (6, 64, 100), (1, 300, 96)];
        foreach ((int groups, int outputs, int inputs) in shapes)
        {
            byte[] bytes = Bytes(groups * outputs * inputs, type);
            using Products first = new(narrow, groups, outputs, inputs, bytes, type);
            using Products second = new(wide, groups, outputs, inputs, bytes, type);
            Assert.True(first.Weight.ByteLength * 2 == second.Weight.ByteLength);
            foreach (int rows in (int[])[1, 7, 100, 250])
            {
                Assert.Equal(second.Linear(rows), first.Linear(rows));
                Assert.Equal(second.LinearTransposed(rows), first.LinearTransposed(rows));
            }
            Assert.Equal(second.Rows(), first.Rows());
            Assert.Equal(second.Stacked(), first.Stacked());
        }
    }

    [Fact]
    public unsafe void Widen_IsExactForEveryHalf()
    {
        ushort[] bits = [.. Enumerable.Range(0, 1 << 16).Select(static i => (ushort)i)];
        float[] widened = new float[bits.Length];
        fixed (ushort* source = bits)
        fixed (float* target = widened)
            NarrowFloats.Widen(source, DType.Float16, target, bits.Length);
        for (int i = 0; i < bits.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(bits[i]);
            Assert.True(expected.Equals(widened[i]), $"{i:X4}: {widened[i]}, expected {expected}");
        }
    }

    [Theory]
    [InlineData(1.00390625f, 1f)]
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(-0f, -0f)]
    public void Round_BFloat16_GoesToTheNearestAndHalvesToEven(float value, float expected)
    {
        float rounded = NarrowFloats.Widen(NarrowFloats.Round(value, DType.BFloat16), DType.BFloat16);
        Assert.Equal(expected, rounded);
    }

    [Fact]
    public void OtherTypes_AreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(1, weights: DType.Float64));

    private static byte[] Bytes(int count, DType type)
    {
        CounterRandom random = new(9);
        ushort[] bits = new ushort[count];
        for (int i = 0; i < count; i++) bits[i] = NarrowFloats.Round((float)random.NextGaussian(), type);
        return MemoryMarshal.AsBytes(bits.AsSpan()).ToArray();
    }

    private sealed class Products : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly TensorScope _scope = new();

        public Products(CpuBackend backend, int groups, int outputs, int inputs, byte[] bytes, DType type)
        {
            _backend = backend;
            Weight = backend.Matrix.CreatePacked(groups, outputs, inputs);
            backend.Matrix.Pack(bytes, type, 0, Weight);
        }

        public IPackedMatrix Weight { get; }

        public void Dispose()
        {
            Weight.Dispose();
            _scope.Dispose();
        }

        /// <summary>Added to what is there, then clamped.</summary>
        public float[] Linear(int rows)
        {
            int outputs = Weight.Groups * Weight.Outputs;
            Tensor x = Numbers(rows, Weight.Groups * Weight.Inputs, 1), y = Numbers(rows, outputs, 2);
            _backend.Matrix.Linear(x, Weight, y, y);
            float[] added = y.ToSingles();
            _backend.Matrix.Linear(x, Weight, y, relu: true);
            return [.. added, .. y.ToSingles()];
        }

        public float[] LinearTransposed(int rows)
        {
            Tensor dy = Numbers(rows, Weight.Groups * Weight.Outputs, 3);
            Tensor dx = Numbers(rows, Weight.Groups * Weight.Inputs, 4);
            _backend.Matrix.LinearTransposed(dy, Weight, dx, accumulate: true);
            return dx.ToSingles();
        }

        public float[] Rows()
        {
            Tensor rows = Tensor.Allocate(_backend, Weight.Groups * Weight.Outputs, Weight.Inputs);
            _backend.Matrix.Unpack(Weight, 0, rows);
            return rows.ToSingles();
        }

        public float[] Stacked()
        {
            using IPackedMatrix stacked = _backend.Matrix.Stack(Weight);
            Tensor x = Numbers(5, Weight.Inputs, 5);
            Tensor y = Tensor.Allocate(_backend, 5, Weight.Groups * Weight.Outputs);
            _backend.Matrix.Linear(x, stacked, y);
            return y.ToSingles();
        }

        private Tensor Numbers(int rows, int columns, ulong seed)
        {
            CounterRandom random = new(seed);
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.Length; i++) values[i] = (float)random.NextGaussian();
            return TensorData.FromSingles(_backend, values, rows, columns);
        }
    }
}
