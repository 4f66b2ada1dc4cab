using System.Runtime.InteropServices;
using CrossPT.TestKit.Cuda.Driver;

namespace CrossPT.Tensors.Tests.Cuda.Emulation;

public sealed unsafe class ElfLibraryTests
{
    [EmulatedFact]
    public void Library_Loaded_EachFunctionGoesWhereItsSlotPoints()
    {
        string[] names = ["first", "second", "third"];
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, ElfLibrary.Write("libcrosspt-slots.so.1", names));
        nint library = NativeLibrary.Load(file);
        File.Delete(file);
        nint* slots = (nint*)NativeLibrary.GetExport(library, ElfLibrary.Slots);
        slots[0] = (nint)(delegate* unmanaged<int, int, int>)&Add;
        slots[1] = slots[2] = (nint)(delegate* unmanaged<int, int, int>)&Subtract;
        int[] answers =
        [
            .. names.Select(
                name => ((delegate* unmanaged<int, int, int>)NativeLibrary.GetExport(library, name))(40, 2)),
        ];
        Assert.Equal([42, 38, 38], answers);
        Assert.False(NativeLibrary.TryGetExport(library, "fourth", out _));
        // Whoever asks by name gets the one that is loaded.
        Assert.Equal(library, NativeLibrary.Load("libcrosspt-slots.so.1"));
    }

    [Fact]
    public void Functions_AreAllThatIlgpuImports()
    {
        string[] functions = EmulatedDriver.Functions([]);
        Assert.Contains("cuLaunchKernel", functions);
        Assert.All(functions, static name => Assert.StartsWith("cu", name, StringComparison.Ordinal));
        Assert.InRange(functions.Length, 40, 60);
    }

    [UnmanagedCallersOnly]
    private static int Add(int a, int b) => a + b;

    [UnmanagedCallersOnly]
    private static int Subtract(int a, int b) => a - b;
}
