using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>Streams and events.</summary>
internal static unsafe partial class CudaCalls
{
    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreate")]
    private static CudaError StreamCreate(nint* stream, uint flags) =>
        InContext("cuStreamCreate", (card, context) => *stream = card.Keep(context.CreateStream()));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamDestroy_v2")]
    private static CudaError StreamDestroy(nint stream) =>
        InContext("cuStreamDestroy", (card, _) => card.Forget<CardStream>(stream));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamSynchronize")]
    private static CudaError StreamSynchronize(nint stream) => InContext("cuStreamSynchronize", (card, context) =>
    {
        card.Log.Write("cuStreamSynchronize", $"{stream:X}");
        Finish(card, StreamOf(card, context, stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamWaitEvent")]
    private static CudaError StreamWaitEvent(nint stream, nint marker, uint flags) =>
        InContext("cuStreamWaitEvent", (card, context) =>
    {
        card.Log.Write("cuStreamWaitEvent", $"{stream:X}");
        StreamOf(card, context, stream).Follow(card.Find<CardEvent>(marker));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventCreate")]
    private static CudaError EventCreate(nint* marker, uint flags) =>
        InContext("cuEventCreate", (card, _) => *marker = card.Keep(new CardEvent()));

    [UnmanagedCallersOnly(EntryPoint = "cuEventDestroy_v2")]
    private static CudaError EventDestroy(nint marker) =>
        InContext("cuEventDestroy", (card, _) => card.Forget<CardEvent>(marker));

    [UnmanagedCallersOnly(EntryPoint = "cuEventRecord")]
    private static CudaError EventRecord(nint marker, nint stream) => InContext("cuEventRecord", (card, context) =>
    {
        card.Log.Write("cuEventRecord", $"{stream:X}");
        StreamOf(card, context, stream).Record(card.Find<CardEvent>(marker));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventQuery")]
    private static CudaError EventQuery(nint marker) => InContext("cuEventQuery", (card, _) =>
    {
        if (card.Find<CardEvent>(marker).Point is not { IsPassed: false } point) return;
        // Whoever asks again will find it passed.
        point.Stream.FinishUpTo(point);
        throw new CardException(CudaError.CUDA_ERROR_NOT_READY, "asked for the first time");
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize")]
    private static CudaError EventSynchronize(nint marker) => InContext("cuEventSynchronize", (card, _) =>
    {
        CardPoint? point = card.Find<CardEvent>(marker).Point;
        card.Log.Write("cuEventSynchronize", point is { IsPassed: false } ? "not passed" : "passed");
        point?.Stream.FinishUpTo(point);
        _ = card.Current;
    });

    private static CardStream StreamOf(Card card, CardContext context, nint stream) =>
        stream == 0 ? context.Default : card.Find<CardStream>(stream);

    /// <summary>Does a stream's work and tells of a fault on the way.</summary>
    private static void Finish(Card card, CardStream stream)
    {
        stream.Finish();
        _ = card.Current;
    }
}
