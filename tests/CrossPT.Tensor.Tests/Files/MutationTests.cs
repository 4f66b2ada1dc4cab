using System.Diagnostics;
using System.Text;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>
/// Valid files, damaged in thousands of ways: each opens or is refused with a <see cref="TensorFileException"/>, and
/// stays small either way.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly byte[] _buffer = new byte[1 << 16];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Safetensors_Damaged_OpensOrIsRefused() =>
        Damage(Safetensors(), 1600, 1, "m.safetensors", static bytes => bytes);

    [Fact]
    public void PyTorch_DamagedArchive_OpensOrIsRefused() =>
        Damage(Archive(Pickle()), 1300, 2, "m.pt", static bytes => bytes);

    [Fact]
    public void PyTorch_DamagedPickleInAGoodArchive_OpensOrIsRefused() => Damage(Pickle(), 2000, 3, "m.pt", Archive);

    [Fact]
    public void Index_Damaged_OpensOrIsRefused()
    {
        _folder.Write("m-1.safetensors", Safetensors());
        byte[] index = Encoding.UTF8.GetBytes(
            """
                {"metadata":{"total_size":100},"weight_map":{"encoder.weight":"m-1.safetensors",
                "bias":"m-1.safetensors","empty":"m-1.safetensors"}}
                """);
        Damage(index, 700, 4, "m.index.json", static bytes => bytes);
    }

    [Fact]
    public void Npy_Damaged_OpensOrIsRefused()
    {
        NpyFile.Write(_folder["a.npy"], DType.Float32, new Shape(3, 4), ZipBytes.Floats(12));
        Damage(File.ReadAllBytes(_folder["a.npy"]), 500, 5, "m.npy", static bytes => bytes);
    }

    private static byte[] Safetensors()
    {
        using MemoryStream stream = new();
        new SafetensorsWriter(new Dictionary<string, string> { ["format"] = "pt", ["é"] = "\n" })
            .Add("encoder.weight", DType.Float32, new Shape(3, 4), ZipBytes.Floats(12))
            .Add("bias", DType.BFloat16, new Shape(4), new byte[8])
            .Add("empty", DType.Int64, new Shape(0, 5), ReadOnlyMemory<byte>.Empty)
            .Add("mask", DType.Boolean, new Shape([]), new byte[1])
            .WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Pickle() => new PickleBytes().Op("}q\u0001(")
        .Text("model").Global("collections", "OrderedDict").Op(")R(")
        .Text("w").Tensor("FloatStorage", "0", 12, 0, [3, 4], [4, 1]).Op("q\u0003")
        .Text("t").Tensor("FloatStorage", "0", 12, 0, [4, 3], [1, 4])
        .Text("h").Tensor("HalfStorage", "1", 4, 1, [3], [1])
        .Op("u").Op("}").Text("_metadata").Op("}sb")
        .Text("list").Op("]q\u0002(NK\u0007M\u0001\u0002h\u0003").Raw(0x88).Op("e").Op("u").Stop();

    private static byte[] Archive(byte[] pickle) =>
        ZipBytes.Torch(pickle, ("0", ZipBytes.Floats(12)), ("1", new byte[8]));

    private void Damage(byte[] valid, int count, int seed, string name, Func<byte[], byte[]> wrap)
    {
        System.Random random = new(seed);
        int opened = 0;
        string path = _folder.Write(name, wrap(valid));
        Assert.True(Try(path, name));
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = valid;
            for (int times = random.Next(1, 4); times > 0; times--) bytes = Mutation.Of(bytes, random);
            bytes = wrap(bytes);
            File.WriteAllBytes(path, bytes);
            long start = Stopwatch.GetTimestamp();
            Allocation.Of(
                () => opened += Try(path, $"seed {seed}, number {i}: {Convert.ToHexString(bytes)}") ? 1 : 0,
                bytes.Length);
            Assert.True(
                Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), $"seed {seed}, number {i} took too long");
        }
        // Damage that never leaves a file valid, or always, would test one side only.
        Assert.InRange(opened, 1, count - (count / 10));
    }

    private bool Try(string path, string what)
    {
        try
        {
            using ITensorSource source = TensorFiles.Open(path);
            foreach (TensorEntry entry in source.Entries)
            {
                int size = entry.DType.ByteSize();
                int length = (int)Math.Min(_buffer.Length, entry.ByteLength);
                source.Read(entry, 0, _buffer.AsSpan(0, length));
                source.Read(
                    entry, entry.ByteLength - (length / size / 2 * size), _buffer.AsSpan(0, length / size / 2 * size));
            }
            return true;
        }
        catch (TensorFileException)
        {
            return false;
        }
        catch (Exception error)
        {
            throw new InvalidOperationException(what, error);
        }
    }
}
