using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Cuda.Emulation;

/// <summary>
/// That the machine refuses what a device would not forgive, and brings divided lanes together again.
/// </summary>
public sealed class PtxMachineTests
{
    /// <summary>%r1 the lane, %rd1 the address of its word, %rd0 that of the first.</summary>
    private const string Own = "mov.b64 %rd0, 0;\nmov.u32 %r1, %tid.x;\nmul.wide.u32 %rd1, %r1, 4;\n";

    [Fact]
    public void Run_NeighboursWordAfterABarrier_IsRead()
        => Run(
            Own
                + "st.shared.b32 [%rd1], %r1;\nbar.sync 0;\nxor.b32 %r2, %r1, 1;\nmul.wide.u32 %rd2, %r2, "
                + "4;\nld.shared.b32 %r3, [%rd2];\nret;");

    [Theory]
    [InlineData(1, "reads what lane")]
    [InlineData(33, "writes what lane")]
    public void Run_NeighboursWordWithoutABarrier_IsARace(int neighbour, string message)
        => Refuses(
            Own
                + $"st.shared.b32 [%rd1], %r1;\nxor.b32 %r2, %r1, {neighbour};\nmul.wide.u32 %rd2, %r2, "
                + $"4;\nld.shared.b32 %r3, [%rd2];\nret;", message);

    [Fact]
    public void Run_SeveralLanesWriteAWord_IsARace() =>
        Refuses(Own + "st.shared.b32 [%rd0], %r1;\nret;", "writes what lane 0 wrote");

    [Fact]
    public void Run_WordThatOthersRead_IsNotWritten()
        => Refuses(
            Own
                + "ld.shared.b32 %r2, [%rd0];\nsetp.eq.s32 %p1, %r1, 5;\n@!%p1 bra END;\nst.shared.b32 [%rd0], "
                + "%r1;\nEND:\nret;", "lane 5 writes what lane");

    [Fact]
    public void Run_OffTheAlignment_IsRefused() =>
        Refuses(Own + "ld.shared.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];\nret;", "not aligned");

    [Fact]
    public void Run_PastSharedMemory_IsRefused() =>
        Refuses(Own + "ld.shared.b32 %r2, [%rd1+1024];\nret;", "Shared address 1024 of 1024 bytes");

    [Fact]
    public void Run_MemoryNotGiven_IsRefused() =>
        Refuses(Own + "ld.global.b32 %r2, [%rd1+4096];\nret;", "is in no block");

    [Fact]
    public void Run_LaneMissingFromItsWarp_IsRefused()
        => Refuses(
            Own
                + "setp.eq.s32 %p1, %r1, 3;\n@%p1 bra END;\nshfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;\nEND:\nbar.sync "
                + "0;\nret;", "wait for each other");

    [Fact]
    public void Run_LanesInTwoShuffles_IsRefused()
        => Refuses(
            Own
                + "setp.lt.s32 %p1, %r1, 16;\n@%p1 bra LOW;\nshfl.sync.bfly.b32 %r2, %r1, 1, 31, "
                + "-1;\nret;\nLOW:\nshfl.sync.bfly.b32 %r2, %r1, 2, 31, -1;\nret;",
            "different instructions");

    [Fact]
    public void Run_LoopsOfDifferentLengths_LanesMeetAfterThem()
    {
        // Lane l goes round l + 1 times; the shuffle needs all of them at one instruction, and what is stored tells the
        // counts.
        const string body = """
            mov.b32 %r2, 0;
            LOOP:
            add.s32 %r2, %r2, 1;
            setp.le.s32 %p1, %r2, %r1;
            @%p1 bra LOOP;
            shfl.sync.bfly.b32 %r3, %r2, 1, 31, -1;
            ld.param.b64 %rd2, [out];
            add.u64 %rd3, %rd2, %rd1;
            st.global.b32 [%rd3], %r3;
            ret;
            """;
        int[] counts = Run(Own + body);
        Assert.Equal([.. Enumerable.Range(0, 64).Select(static lane => (lane ^ 1) + 1)], counts);
    }

    private static void Refuses(string body, string message)
        => Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Run(body)).Message);

    /// <summary>Runs two warps that have 1024 bytes of shared memory and an array of 64 numbers.</summary>
    private static unsafe int[] Run(string body)
    {
        int[] result = new int[64];
        fixed (int* address = result)
        {
            PtxProgram program = new(
                ".visible .entry Kernel(\n\t.param .b64 out\n)\n{\n.shared .align 16 .b8 words[1024];\n" + body
                    + "\n}");
            PtxMachine machine = new(program, BitConverter.GetBytes((long)address), (64, 1));
            machine.Global.Add((nint)address, 64 * sizeof(int));
            machine.Run(1);
        }
        return result;
    }
}
