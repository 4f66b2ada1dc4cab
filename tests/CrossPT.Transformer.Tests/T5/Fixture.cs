using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>A folder of tests/fixtures: a checkpoint and what Hugging Face's T5 computes from it.</summary>
internal sealed class Fixture : IDisposable
{
    public static readonly string[] Names =
    [
        "tiny_v10", "tiny_v11", "tiny_v10_long", "tiny_v11_sharded", "tiny_v10_fp16",
    ];

    private readonly ITensorSource _golden;

    public Fixture(string name)
    {
        Folder = PathOf(name);
        _golden = TensorFiles.Open(Path.Combine(Folder, "golden.safetensors"));
    }

    public string Folder { get; }

    public static string PathOf(params ReadOnlySpan<string> parts) =>
        Path.Combine([AppContext.BaseDirectory, "fixtures", .. parts]);

    public bool Has(string name) => _golden.TryGet(name, out _);

    public int[] Sizes(string name) => [.. _golden.Get(name).Shape.Sizes];

    public int[] Integers(string name) => _golden.ReadInt32(name);

    public double[] Doubles(string name) => _golden.ReadDoubles(name);

    /// <summary>Rows of an integer matrix.</summary>
    public int[][] Rows(string name)
    {
        int[] values = Integers(name);
        int width = Sizes(name)[1];
        return [.. values.Chunk(width)];
    }

    public void Dispose() => _golden.Dispose();
}
