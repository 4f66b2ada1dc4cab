using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// The calls of the driver that are answered, each by the name it is exported under. They check what a driver checks,
/// and hand on to the card.
/// </summary>
internal static unsafe partial class CudaCalls
{
    /// <summary>The card that answers; set before anybody can call.</summary>
    public static Card Card { get; set; } = null!;

    /// <summary>Where each of them is.</summary>
    public static Dictionary<string, nint> All()
    {
        Dictionary<string, nint> calls = [];
        foreach (MethodInfo method in typeof(CudaCalls).GetMethods(BindingFlags.Static | BindingFlags.NonPublic))
        {
            if (method.GetCustomAttribute<UnmanagedCallersOnlyAttribute>() is { EntryPoint: { } name })
                calls.Add(name, method.MethodHandle.GetFunctionPointer());
        }
        return calls;
    }

    /// <summary>A call that needs no context. No exception may leave it, for whoever called is not managed.</summary>
    private static CudaError Answer(string call, Action<Card> work)
    {
        Card card = Card;
        lock (card.Gate)
        {
            try
            {
                work(card);
                return CudaError.CUDA_SUCCESS;
            }
            catch (CardException refusal)
            {
                card.Log.Write(call, $"{refusal.Error}: {refusal.Message}");
                return refusal.Error;
            }
            catch (Exception error)
            {
                card.Log.Write("broken", $"{call}: {error}");
                return CudaError.CUDA_ERROR_UNKNOWN;
            }
        }
    }

    /// <summary>A call that works on the context of its thread.</summary>
    private static CudaError InContext(string call, Action<Card, CardContext> work) =>
        Answer(call, card => work(card, card.Current));

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;

    /// <summary>Writes text and the zero that ends it, as much as there is room for; how much was written.</summary>
    private static int Write(string text, byte* target, int room)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        int count = Math.Min(bytes.Length, room);
        bytes.AsSpan(0, count).CopyTo(new Span<byte>(target, count));
        if (count > 0) target[count - 1] = 0;
        return count;
    }
}
