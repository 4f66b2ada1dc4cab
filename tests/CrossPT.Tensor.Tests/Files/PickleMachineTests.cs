namespace CrossPT.Tensors.Files.Tests;

/// <summary>What a pickle can try, and what comes of it: nothing.</summary>
public sealed class PickleMachineTests
{
    private const string Path = "x.pt";

    private static object? Run(byte[] pickle) =>
        new PickleMachine(Path, pickle, new AllocationBudget(Path, 20 << 20)).Run();

    private static void Refuse(byte[] pickle, params string[] parts) => Refused.With(Path, () => Run(pickle), parts);

    [Fact]
    public void Run_PlainData_IsBuilt()
    {
        Assert.Equal(5L, Run(new PickleBytes().Op("K\u0005").Stop()));
        Assert.Equal(-2L, Run(new PickleBytes().Raw(0x8A, 1, 0xFE).Stop()));
        Assert.Equal(0L, Run(new PickleBytes().Raw(0x8A, 0).Stop()));
        Assert.Equal(-3L, Run(new PickleBytes().Op("J").UInt32(unchecked((uint)-3)).Stop()));
        Assert.Equal(long.MinValue, Run(new PickleBytes().Int(long.MinValue).Stop()));
        Assert.Equal(1.5, Run(new PickleBytes().Op("G").Raw(0x3F, 0xF8, 0, 0, 0, 0, 0, 0).Stop()));
        Assert.Equal("ü", Run(new PickleBytes().Text("ü").Stop()));
        Assert.Equal("a", Run(new PickleBytes(4).Raw(0x95).UInt64(4).Raw(0x8C, 1, (byte)'a').Stop()));
        Assert.Equal("b", Run(new PickleBytes(4).Raw(0x8D).UInt64(1).Op("b").Stop()));
        Assert.Equal(
            new object?[] { null, true, false },
            Assert.IsType<object?[]>(Run(new PickleBytes().Op("N").Raw(0x88, 0x89, 0x87).Stop())));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_tensor_v3")]
    [InlineData("collections", "OrderedDict.__init__")]
    [InlineData("", "")]
    public void Run_AnyOtherName_IsRefusedWithItsPlace(string module, string name)
    {
        Refuse(
            new PickleBytes().Op("N").Global(module, name).Text("rm -rf").Raw(0x85).Op("R").Stop(), "pickle byte 3",
            $"'{module}.{name}'", "nothing was run");
        Refuse(
            new PickleBytes(4).Text(module).Text(name).Raw(0x93).Text("rm -rf").Raw(0x85).Op("R").Stop(),
            $"'{module}.{name}'", "nothing was run");
    }

    [Fact]
    public void Run_NameSplitDifferently_IsNotTheAllowedOne()
        => Refuse(new PickleBytes().Global("torch._utils _rebuild_tensor_v2", "").Stop(), "nothing was run");

    [Theory]
    [InlineData(0x82, "EXT")]
    [InlineData(0x83, "EXT")]
    [InlineData(0x84, "EXT")]
    [InlineData(0x81, "NEWOBJ")]
    [InlineData(0x92, "NEWOBJ_EX")]
    [InlineData('i', "INST")]
    [InlineData('o', "OBJ")]
    [InlineData('P', "PERSID")]
    [InlineData('B', "bytes")]
    [InlineData(0x96, "buffers")]
    [InlineData(0x8F, "0x8F")]
    [InlineData('0', "0x30")]
    [InlineData('I', "0x49")]
    public void Run_AnyOtherInstruction_IsRefusedWithItsPlace(int instruction, string name)
        => Refuse(
            new PickleBytes().Op("N").Raw((byte)instruction).Op("os\nsystem\n").Stop(), "pickle byte 3", name,
            "nothing was run");

    [Fact]
    public void Run_BuildOnAnythingButAnOrderedDict_IsRefused()
    {
        Refuse(new PickleBytes().Op("}}b").Stop(), "BUILD");
        Refuse(new PickleBytes().Op("]}b").Stop(), "BUILD");
        Refuse(new PickleBytes().Global("collections", "OrderedDict").Op("}b").Stop(), "BUILD");
        Refuse(new PickleBytes().Global("collections", "OrderedDict").Op(")RNb").Stop(), "BUILD");
        Refuse(new PickleBytes().Tensor("0", 1).Op("}b").Stop(), "BUILD");
    }

    [Fact]
    public void Run_CallsThatDoNotFit_AreRefused()
    {
        Refuse(new PickleBytes().Text("os").Op(")R").Stop(), "REDUCE");
        Refuse(new PickleBytes().Global("collections", "OrderedDict").Op("]R").Stop(), "REDUCE");
        Refuse(new PickleBytes().Global("collections", "OrderedDict").Op("N").Raw(0x85).Op("R").Stop(), "OrderedDict");
        Refuse(new PickleBytes().Global("torch", "FloatStorage").Op(")R").Stop(), "torch FloatStorage");
        Refuse(new PickleBytes().Global("torch._utils", "_rebuild_tensor_v2").Op(")R").Stop(), "_rebuild_tensor_v2");
        Refuse(
            new PickleBytes().Global("torch._utils", "_rebuild_parameter").Op("N").Raw(0x88).Op("}").Raw(0x87).Op("R")
                .Stop(), "_rebuild_parameter");
        Refuse(new PickleBytes().Text("storage").Op("Q").Stop(), "persistent id");
        Refuse(new PickleBytes().Storage("FloatStorage", "0", -1).Stop(), "persistent id");
        Refuse(
            new PickleBytes().Op("(").Text("storage").Global("collections", "OrderedDict").Text("0").Text("cpu").Int(1)
                .Op("tQ").Stop(), "persistent id");
    }

    [Fact]
    public void Run_TensorWithOddSizes_IsRefused()
    {
        Refuse(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, [2], []).Stop(), "1 sizes and 0 strides");
        Refuse(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, new long[65], new long[65]).Stop(), "at most 64");
        Refuse(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, [1L << 31], [1]).Stop(), "2147483648");
    }

    [Fact]
    public void Run_LengthsBeyondTheEnd_AreRefused()
    {
        Refuse(new PickleBytes().Op("X").UInt32(uint.MaxValue).Stop(), "4294967295 bytes");
        Refuse(new PickleBytes().Raw(0x8D).UInt64(ulong.MaxValue).Stop(), "bytes are asked for");
        Refuse(new PickleBytes().Raw(0x8B).UInt32(int.MaxValue).Stop(), "2147483647 bytes");
        Refuse(new PickleBytes().Raw(0x8B).UInt32(uint.MaxValue).Stop(), "-1 bytes");
        Refuse(new PickleBytes(4).Raw(0x95).UInt64(ulong.MaxValue).Stop(), "frame");
        Refuse(new PickleBytes().Op("c").Raw(new byte[10_000]).Stop(), "without end");
        Refuse(new PickleBytes().Op("}").ToArray(), "bytes are asked for");
    }

    [Fact]
    public void Run_BrokenStructure_IsRefused()
    {
        Refuse([(byte)'.'], "PROTO");
        Refuse([0x80, 1, (byte)'N', (byte)'.'], "protocol 1");
        Refuse([0x80, 6, (byte)'N', (byte)'.'], "protocol 6");
        Refuse(new PickleBytes().Stop(), "none is there");
        Refuse(new PickleBytes().Op("NN").Stop(), "more than one value");
        Refuse(new PickleBytes().Op("N.N").ToArray(), "1 bytes after");
        Refuse(new PickleBytes().Op("t").Stop(), "no mark");
        Refuse(new PickleBytes().Op("N(").Raw(0x85).Stop(), "1 values are asked for");
        Refuse(new PickleBytes().Op("]N(NeN").Raw(0x87).Stop(), "not a list");
        Refuse(new PickleBytes().Op("NNa").Stop(), "not a list");
        Refuse(new PickleBytes().Op("}(Nu").Stop(), "key without a value");
        Refuse(new PickleBytes().Op("h\u0001").Stop(), "memorised as 1");
        Refuse(new PickleBytes().Op("q\u0001").Stop(), "none is there");
        Refuse(new PickleBytes().Raw(0x8C, 1, 0xFF).Stop(), "UTF-8");
        Refuse(new PickleBytes(4).Op("NN").Raw(0x93).Stop(), "not text");
    }

    [Fact]
    public void Run_EndlessObjects_StayWithinTheBudget()
    {
        foreach (string instruction in (string[])[
            "}", "]", "(", "N", "r\u0001\u0002\u0003\u0004", "K\u0001", "]\u0094"])
        {
            PickleBytes pickle = new PickleBytes(4).Op("N")
                .Raw(
                    System.Text.Encoding.Latin1.GetBytes(
                        string.Concat(Enumerable.Repeat(instruction, 2_000_000 / instruction.Length))));
            byte[] bytes = pickle.Stop();
            Allocation.Of(() => Assert.Throws<TensorFileException>(() => Run(bytes)), 0);
        }
    }
}
