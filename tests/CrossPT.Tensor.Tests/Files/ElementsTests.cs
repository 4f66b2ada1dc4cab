using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files.Tests;

public sealed class ElementsTests
{
    private static readonly ushort[] s_all = [.. Enumerable.Range(0, 65536).Select(static i => (ushort)i)];

    [Fact]
    public void Float16_EveryValue_WidensLikeTheRuntime()
    {
        float[] wide = new float[65536];
        Elements.ToSingles(DType.Float16, MemoryMarshal.AsBytes<ushort>(s_all), wide);
        for (int i = 0; i < wide.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(wide[i]));
            else Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(wide[i]));
        }
    }

    [Fact]
    public void BFloat16_EveryValue_SurvivesTheRoundTrip()
    {
        float[] wide = new float[65536];
        double[] doubles = new double[65536];
        byte[] back = new byte[2 * 65536];
        Elements.ToSingles(DType.BFloat16, MemoryMarshal.AsBytes<ushort>(s_all), wide);
        Elements.ToDoubles(DType.BFloat16, MemoryMarshal.AsBytes<ushort>(s_all), doubles);
        Elements.FromSingles(wide, DType.BFloat16, back);
        for (int i = 0; i < wide.Length; i++)
        {
            Assert.Equal((double)wide[i], doubles[i]);
            if (float.IsNaN(wide[i])) Assert.True((BitConverter.ToUInt16(back, 2 * i) & 0x7FFF) > 0x7F80);
            else Assert.Equal((ushort)i, BitConverter.ToUInt16(back, 2 * i));
        }
    }

    [Fact]
    public void BFloat16_FromDouble_IsTheNearestAndTiesGoToEven()
    {
        System.Random random = new(7);
        double[] values = new double[20_000];
        for (int i = 0; i < values.Length; i++)
        {
            // Near the middle between two neighbours, where rounding twice goes wrong.
            double middle = BitConverter.UInt32BitsToSingle(((uint)random.Next(0x0080, 0x7F00) << 16) | 0x8000);
            values[i] = (random.Next(2) == 0 ? 1 : -1) * random.Next(3) switch
            {
                0 => middle,
                1 => Math.BitIncrement(middle),
                _ => Math.BitDecrement(middle),
            };
        }
        byte[] bytes = new byte[2 * values.Length];
        Elements.FromDoubles(values, DType.BFloat16, bytes);
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = (uint)BitConverter.ToUInt16(bytes, 2 * i) << 16;
            double error = Math.Abs(BitConverter.UInt32BitsToSingle(bits) - values[i]);
            double above = Math.Abs(BitConverter.UInt32BitsToSingle(bits + 0x10000) - values[i]);
            double below = Math.Abs(BitConverter.UInt32BitsToSingle(bits - 0x10000) - values[i]);
            Assert.True(error <= above && error <= below);
            if (error == above || error == below) Assert.Equal(0u, bits & 0x10000);
        }
    }
}
