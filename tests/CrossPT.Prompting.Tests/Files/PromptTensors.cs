using System.Runtime.InteropServices;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Files.Tests;

namespace CrossPT.Prompting.Tests.Files;

/// <summary>Files with prompts in them, as other programs write them.</summary>
internal static class PromptTensors
{
    public static string Safetensors(string path, params (string Name, int[] Sizes, float[] Values)[] tensors)
    {
        SafetensorsWriter writer = new();
        foreach ((string name, int[] sizes, float[] values) in tensors)
            writer.Add(name, DType.Float32, new Shape(sizes), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        writer.Save(path);
        return path;
    }

    /// <summary>A state dictionary as torch.save writes it.</summary>
    public static string Torch(string path, params (string Name, int[] Sizes, float[] Values)[] tensors)
    {
        PickleBytes pickle = new PickleBytes().Global("collections", "OrderedDict").Op(")R(");
        for (int i = 0; i < tensors.Length; i++)
            pickle.Text(tensors[i].Name).Tensor($"{i}", Array.ConvertAll(tensors[i].Sizes, static size => (long)size));
        byte[] bytes = ZipBytes.Torch(
            pickle.Op("u").Stop(),
            [
                .. tensors.Select(
                    static (tensor, i) => ($"{i}", MemoryMarshal.AsBytes(tensor.Values.AsSpan()).ToArray()))]);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>What torch.load would run: <c>os.system(…)</c>, with something visible as its work.</summary>
    public static string Malicious(string path, string touched)
    {
        byte[] pickle = new PickleBytes().Global("posix", "system").Text($"touch '{touched}'").Raw(0x85).Op("R").Stop();
        File.WriteAllBytes(path, ZipBytes.Torch(pickle));
        return path;
    }
}
