using System.Runtime.InteropServices;
using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of filling packed weights, reading them back and gathering their rows.</summary>
public class PackingConformance(TestDevice device) : ConformanceSuite(device)
{
    /// <summary>
    /// Difference of a value read back from the one packed: none, where weights are held in the compute type.
    /// </summary>
    protected virtual double PackTolerance => 0;

    [Theory]
    [InlineData(1, 100, 33)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 32, 800)]
    [InlineData(3, 33, 65)]
    [InlineData(6, 64, 100)]
    [InlineData(12, 8, 31)]
    public void Pack_Pieces_ReadBackAndMultiply(int groups, int outputs, int inputs)
    {
        int total = groups * outputs;
        foreach (int piece in (int[])[1, 5, 32, 37, total])
        {
            Begin($"{groups}·[{outputs}, {inputs}] by {piece}");
            PackedTwin weight = EmptyPacked(groups, outputs, inputs);
            Twin rows = Random(total, inputs);
            OnBoth(on =>
            {
                // From the last piece to the first: no order is promised.
                for (int first = (total - 1) / piece * piece; first >= 0; first -= piece)
                {
                    using Tensor slice = on[rows].Slice(first, Math.Min(piece, total - first));
                    on.Backend.Matrix.Pack(slice, first, on[weight]);
                }
            });
            CheckContents(weight);
        }
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float16)]
    [InlineData(DType.Float64)]
    public void Pack_HostBytes_ReadBackAndMultiply(DType type)
    {
        foreach ((
            int groups, int outputs,
            int inputs) in ((int, int, int)[])[(1, 130, 33), (1, 13, 100), (3, 33, 7), (1, 64, 385)])
        {
            Begin($"{type} {groups}·[{outputs}, {inputs}]");
            PackedTwin weight = EmptyPacked(groups, outputs, inputs);
            byte[] bytes = Encode(Numbers(groups * outputs * inputs), type);
            int split = groups * outputs / 2, rowBytes = inputs * type.ByteSize();
            OnBoth(on =>
            {
                on.Backend.Matrix.Pack(bytes.AsSpan(0, split * rowBytes), type, 0, on[weight]);
                on.Backend.Matrix.Pack(bytes.AsSpan(split * rowBytes), type, split, on[weight]);
            });
            CheckContents(weight, type == DType.Float64 ? 1e-7 : 0);
        }
    }

    [Fact]
    public void Pack_EveryKindOfHalf_ReadsBack()
    {
        // All finite 16-bit patterns: zeros, subnormals, the largest.
        foreach (DType type in (DType[])[DType.Float16, DType.BFloat16])
        {
            Begin($"{type}");
            ushort exponent = type == DType.Float16 ? (ushort)0x7C00 : (ushort)0x7F80;
            ushort[] patterns = new ushort[1 << 16];
            for (int i = 0; i < patterns.Length; i++) patterns[i] = (i & exponent) == exponent ? (ushort)0 : (ushort)i;
            PackedTwin weight = EmptyPacked(1, 1 << 8, 1 << 8);
            OnBoth(on => on.Backend.Matrix.Pack(MemoryMarshal.AsBytes<ushort>(patterns), type, 0, on[weight]));
            Twin back = Output(1 << 8, 1 << 8);
            Run(on => on.Backend.Matrix.Unpack(on[weight], 0, on[back]), [back], PackTolerance);
        }
    }

    [Fact]
    public void Pack_SeveralThreads_WholeGroupsOf32()
    {
        const int outputs = 333, inputs = 65;
        PackedTwin weight = EmptyPacked(1, outputs, inputs);
        float[] values = Numbers(outputs * inputs);
        OnBoth(on => Parallel.For(0, (outputs + 31) / 32, block =>
        {
            int first = block * 32, count = Math.Min(32, outputs - first);
            on.Backend.Matrix.Pack(
                MemoryMarshal.AsBytes(values.AsSpan(first * inputs, count * inputs)), DType.Float32, first, on[weight]);
        }));
        CheckContents(weight);
    }

    [Fact]
    public void Pack_Again_Replaces()
    {
        PackedTwin weight = Packed(1, 40, 33);
        Twin rows = Random(7, 33);
        OnBoth(on => on.Backend.Matrix.Pack(on[rows], 21, on[weight]));
        CheckContents(weight);
    }

    [Fact]
    public void Unpack_Ranges_ReadRows()
    {
        PackedTwin weight = Packed(3, 33, 20);
        foreach ((
            int first, int count) in ((int, int)[])[(0, 99), (0, 1), (98, 1), (31, 5), (33, 33), (20, 60), (50, 0)])
        {
            Twin y = Output(count, 20);
            Run(on => on.Backend.Matrix.Unpack(on[weight], first, on[y]), [y], PackTolerance);
        }
    }

    [Fact]
    public void Gather_RepeatedAndUnordered_ReadsRows()
    {
        foreach (int inputs in InnerSizes)
        {
            Begin($"K = {inputs}");
            PackedTwin weight = Packed(1, 100, inputs);
            Twin ids = Ids(99, 0, 31, 32, 33, 31, 5, 5, 64, 98, 1);
            Twin y = Output(11, inputs);
            Twin none = Ids();
            Twin nothing = Output(0, inputs);
            Run(on => on.Backend.Matrix.Gather(on[weight], on[ids], on[y]), [y], PackTolerance);
            Run(on => on.Backend.Matrix.Gather(on[weight], on[none], on[nothing]), [nothing]);
        }
    }

    [Fact]
    public void Gather_IdOutside_IsRefused()
    {
        if (!ChecksIndices) return;
        PackedTwin weight = Packed(1, 100, 8);
        Twin y = Random(2, 8), negative = Ids(3, -1), large = Ids(100, 3);
        Refuses("Gather", on => on.Backend.Matrix.Gather(on[weight], on[negative], on[y]));
        Refuses("Gather", on => on.Backend.Matrix.Gather(on[weight], on[large], on[y]));
    }

    [Fact]
    public void Packed_Sizes_AreKept()
    {
        PackedTwin weight = EmptyPacked(3, 33, 20);
        Assert.Equal((3, 33, 20), (weight.Tested.Groups, weight.Tested.Outputs, weight.Tested.Inputs));
        Assert.True(weight.Tested.ByteLength >= 3 * 33 * 20);
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        PackedTwin weight = Packed(1, 6, 4), grouped = Packed(2, 3, 4);
        Twin rows = Random(3, 4);
        Twin narrow = Random(3, 3);
        Twin view = Random(3, 4, view: true);
        Twin ids = Ids(0, 1);
        Twin three = Ids(0, 1, 2);
        Refuses("CreatePacked", on => on.Backend.Matrix.CreatePacked(0, 4, 4));
        Refuses("CreatePacked", on => on.Backend.Matrix.CreatePacked(1, 4, -4));
        Refuses("Pack", on => on.Backend.Matrix.Pack(on[narrow], 0, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(on[view], 0, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(on[rows], 4, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(on[rows], -1, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(new byte[17], DType.Float32, 0, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(new byte[32], DType.Float32, 5, on[weight]));
        Refuses("Pack", on => on.Backend.Matrix.Pack(new byte[16], DType.Int32, 0, on[weight]));
        Refuses("Unpack", on => on.Backend.Matrix.Unpack(on[weight], 4, on[rows]));
        Refuses("Unpack", on => on.Backend.Matrix.Unpack(on[weight], 0, on[narrow]));
        Refuses("Gather", on => on.Backend.Matrix.Gather(on[weight], on[ids], on[rows]));
        Refuses("Gather", on => on.Backend.Matrix.Gather(on[weight], on[three], on[narrow]));
        Refuses("Gather", on => on.Backend.Matrix.Gather(on[grouped], on[three], on[rows]));
    }

    private void CheckContents(PackedTwin weight, double? tolerance = null)
    {
        (int groups, int outputs, int inputs) = (weight.Tested.Groups, weight.Tested.Outputs, weight.Tested.Inputs);
        Twin back = Output(groups * outputs, inputs), x = Random(13, groups * inputs), y = Output(13, groups * outputs);
        Run(on => on.Backend.Matrix.Unpack(on[weight], 0, on[back]), [back], Math.Max(PackTolerance, tolerance ?? 0));
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Run(on => on.Backend.Matrix.LinearTransposed(on[y], on[weight], on[x]), [x]);
    }

    private static byte[] Encode(float[] values, DType type) => type switch
    {
        DType.Float32 => MemoryMarshal.AsBytes<float>(values).ToArray(),
        DType.Float64 => MemoryMarshal.AsBytes<double>(Array.ConvertAll(values, value => (double)value / 3)).ToArray(),
        DType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, value => (Half)value)).ToArray(),
        _ =>
            MemoryMarshal.AsBytes<ushort>(
                Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToInt32Bits(value) >> 16))).ToArray(),
    };
}
