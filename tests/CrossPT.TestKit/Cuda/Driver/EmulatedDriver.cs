using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// Stands in for an NVIDIA driver on Linux and x86-64: a library that calls itself <c>libcuda.so.1</c> is loaded before
/// anybody asks for one, and the loader gives it to whoever does. What is called is managed code,
/// <see cref="CudaCalls"/>.
/// </summary>
internal static unsafe class EmulatedDriver
{
    // What native code has pointers to must not be collected.
    private static readonly List<Call> s_unanswered = [];

    /// <summary>Why tests on an emulated card are skipped.</summary>
    public const string Impossible = "The emulated driver is for Linux on x86-64.";

    public static bool IsPossible =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Loads it where the environment asks for a card; false where it does not.</summary>
    public static bool LoadIfAsked()
    {
        if (CardSettings.Read(Environment.GetEnvironmentVariable) is not { } settings) return false;
        Load(new Card(settings));
        return true;
    }

    /// <summary>
    /// Functions a program may call: those that ILGPU imports, and those the back end takes by hand, which are
    /// answered.
    /// </summary>
    public static string[] Functions(IEnumerable<string> answered)
    {
        SortedSet<string> names = new(answered, StringComparer.Ordinal);
        foreach (Type type in typeof(CudaAPI).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(CudaAPI))))
        {
            foreach (MethodInfo method in type.GetMethods(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            {
                if (method.GetCustomAttribute<DllImportAttribute>() is { } import)
                    names.Add(import.EntryPoint ?? method.Name);
            }
        }
        return [.. names];
    }

    private static void Load(Card card)
    {
        CudaCalls.Card = card;
        Dictionary<string, nint> answered = CudaCalls.All();
        string[] functions = Functions(answered.Keys);
        string file = Path.Combine(Path.GetTempPath(), $"crosspt-card-{Environment.ProcessId}.so");
        File.WriteAllBytes(file, ElfLibrary.Write("libcuda.so.1", functions));
        nint library = NativeLibrary.Load(file);
        File.Delete(file);
        Span<nint> slots = new((void*)NativeLibrary.GetExport(library, ElfLibrary.Slots), functions.Length);
        for (int i = 0; i < functions.Length; i++)
            slots[i] = answered.TryGetValue(functions[i], out nint call) ? call : Unanswered(card, functions[i]);
    }

    private static nint Unanswered(Card card, string name)
    {
        Call call = () =>
        {
            lock (card.Gate) card.Log.Write("unanswered", name);
            return (int)CudaError.CUDA_ERROR_NOT_SUPPORTED;
        };
        s_unanswered.Add(call);
        return Marshal.GetFunctionPointerForDelegate(call);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Call();
}
