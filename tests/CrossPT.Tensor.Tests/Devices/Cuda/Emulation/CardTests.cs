using CrossPT.TestKit.Cuda.Driver;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Tests.Cuda.Emulation;

/// <summary>That the card shows what a careless program would get away with on most days.</summary>
public sealed class CardTests
{
    // A word that the second stream copies to and the first one reads.
    private int _word, _read;

    [Theory]
    [InlineData(CardOrder.Late, false, 0)]
    [InlineData(CardOrder.Late, true, 7)]
    [InlineData(CardOrder.KernelsFirst, false, 0)]
    [InlineData(CardOrder.KernelsFirst, true, 7)]
    public void Read_OfWhatAnotherStreamWrites_IsStaleUnlessItFollows(CardOrder order, bool follows, int expected)
    {
        (CardStream kernels, CardStream copies, _) = Open(order);
        CardEvent arrived = new();
        copies.Put(new CardWork(() => _word = 7));
        copies.Record(arrived);
        if (follows) kernels.Follow(arrived);
        kernels.Put(new CardWork(() => _read = _word));
        kernels.Finish();
        Assert.Equal(expected, _read);
    }

    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 7)]
    public void Write_OverWhatAnotherStreamReads_ComesFirstUnlessItFollows(bool follows, int expected)
    {
        (CardStream kernels, CardStream copies, _) = Open(CardOrder.CopiesFirst);
        CardEvent taken = new();
        _word = 7;
        kernels.Put(new CardWork(() => _read = _word));
        kernels.Record(taken);
        if (follows) copies.Follow(taken);
        copies.Put(new CardWork(() => _word = 8));
        kernels.Finish();
        Assert.Equal(expected, _read);
    }

    [Theory]
    [InlineData(CardOrder.Late)]
    [InlineData(CardOrder.CopiesFirst)]
    [InlineData(CardOrder.KernelsFirst)]
    public void Streams_ThatWaitForEachOtherByTurns_RunInThatOrder(CardOrder order)
    {
        (CardStream kernels, CardStream copies, CardContext context) = Open(order);
        CardEvent arrived = new(), taken = new();
        List<int> done = [];
        for (int i = 0; i < 3; i++)
        {
            int turn = i;
            copies.Follow(taken);
            copies.Put(new CardWork(() => done.Add(2 * turn)));
            copies.Record(arrived);
            kernels.Follow(arrived);
            kernels.Put(new CardWork(() => done.Add((2 * turn) + 1)));
            kernels.Record(taken);
        }
        context.Synchronize();
        Assert.Equal([0, 1, 2, 3, 4, 5], done);
    }

    [Fact]
    public void Fault_EndsTheContext()
    {
        (CardStream kernels, CardStream copies, CardContext context) = Open(CardOrder.Late);
        kernels.Put(new CardWork(static () => throw new CardException(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, "")));
        copies.Put(new CardWork(() => _word = 7));
        context.Synchronize();
        Assert.Equal((CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, 0), (context.Fault, _word));
    }

    [Fact]
    public void Memory_BeyondItsSizeOrItsBlocks_IsRefused()
    {
        CardMemory memory = new(new CardSettings { Memory = 1 });
        nint block = memory.Allocate(1 << 19, isPinned: false);
        Assert.Equal(
            CudaError.CUDA_ERROR_OUT_OF_MEMORY,
            Assert.Throws<CardException>(() => memory.Allocate((1 << 19) + 1, isPinned: false)).Error);
        Assert.Equal(
            CudaError.CUDA_ERROR_INVALID_VALUE,
            Assert.Throws<CardException>(() => memory.PlaceOf(block + 1, 1 << 19)).Error);
        Assert.Equal(
            CudaError.CUDA_ERROR_INVALID_VALUE,
            Assert.Throws<CardException>(() => memory.Free(block, isPinned: true)).Error);
        memory.Free(block, isPinned: false);
        Assert.Equal((0, 0), (memory.Count, memory.UsedBytes));
    }

    [Theory]
    [InlineData(
        ".version 8.4\n.target sm_80\n.visible .entry Kernel()\n{\nret;\n}\n", 12040, 90, CudaError.CUDA_SUCCESS)]
    [InlineData(".version 8.5\n.target sm_80\n.visible .entry Kernel()\n{\nret;\n}\n", 12040, 90, (CudaError)222)]
    [InlineData(
        ".version 8.0\n.target sm_80\n.visible .entry Kernel()\n{\nret;\n}\n", 12040, 75,
        CudaError.CUDA_ERROR_NO_BINARY_FOR_GPU)]
    [InlineData(
        ".version 8.0\n.target sm_75\n.visible .entry Kernel()\n{\ncp.async.commit_group;\nret;\n}\n", 12040, 90,
        CudaError.CUDA_ERROR_INVALID_PTX)]
    [InlineData(
        ".version 8.0\n.target sm_80\n.visible .entry Kernel()\n{\nnonsense;\nret;\n}\n", 12040, 90,
        CudaError.CUDA_ERROR_INVALID_PTX)]
    [InlineData("", 12040, 90, CudaError.CUDA_ERROR_INVALID_PTX)]
    public void Module_ThatTheCompilerWouldRefuse_IsRefused(string ptx, int driver, int capability, CudaError expected)
    {
        CardException? refusal = Record.Exception(
            () => new CardModule(ptx, new CardSettings { DriverVersion = driver, Capability = capability }))
                as CardException;
        Assert.Equal(expected, refusal?.Error ?? CudaError.CUDA_SUCCESS);
    }

    [Theory]
    [InlineData(int.MaxValue, 65535, 65535, 1024, 0, CudaError.CUDA_SUCCESS)]
    [InlineData(1, 65536, 1, 32, 0, CudaError.CUDA_ERROR_INVALID_VALUE)]
    [InlineData(0, 1, 1, 32, 0, CudaError.CUDA_ERROR_INVALID_VALUE)]
    [InlineData(1, 1, 1, 1025, 0, CudaError.CUDA_ERROR_INVALID_VALUE)]
    [InlineData(1, 1, 1, 32, 49152, CudaError.CUDA_SUCCESS)]
    [InlineData(1, 1, 1, 32, 49153, CudaError.CUDA_ERROR_INVALID_VALUE)]
    public void Launch_BeyondTheLimits_IsRefused(int x, int y, int z, int threads, int shared, CudaError expected)
    {
        CardModule module = new(
            ".version 8.0\n.target sm_80\n.visible .entry Kernel()\n{\nret;\n}\n", new CardSettings());
        CardException? refusal = Record.Exception(
            () => new CardLaunch(module, (x, y, z), (threads, 1, 1), shared, []).Check()) as CardException;
        Assert.Equal(expected, refusal?.Error ?? CudaError.CUDA_SUCCESS);
    }

    private static (CardStream Kernels, CardStream Copies, CardContext Context) Open(CardOrder order)
    {
        CardContext context = new(new Card(new CardSettings { Order = order }));
        return (context.CreateStream(), context.CreateStream(), context);
    }
}
