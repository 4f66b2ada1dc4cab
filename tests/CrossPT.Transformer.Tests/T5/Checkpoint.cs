using System.Runtime.InteropServices;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>A checkpoint in memory that tests spoil; its elements are small numbers that differ.</summary>
internal sealed class Checkpoint : ITensorSource
{
    private readonly List<(TensorEntry Entry, byte[] Bytes)> _tensors = [];

    public string Path => "model.safetensors";

    public IReadOnlyList<TensorEntry> Entries => [.. _tensors.Select(static tensor => tensor.Entry)];

    /// <summary>What a file on disk holds.</summary>
    public static Checkpoint Of(string file)
    {
        Checkpoint checkpoint = new();
        using ITensorSource source = TensorFiles.Open(file);
        foreach (TensorEntry entry in source.Entries)
        {
            byte[] bytes = new byte[entry.ByteLength];
            source.Read(entry, 0, bytes);
            checkpoint._tensors.Add((entry, bytes));
        }
        return checkpoint;
    }

    public Checkpoint Without(params string[] names)
    {
        Assert.Equal(names.Length, _tensors.RemoveAll(tensor => names.Contains(tensor.Entry.Name)));
        return this;
    }

    public Checkpoint With(string name, Shape shape, DType type = DType.Float32)
    {
        byte[] bytes = new byte[shape.Length * type.ByteSize()];
        if (type == DType.Float32)
        {
            Span<float> values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
            for (int i = 0; i < values.Length; i++) values[i] = (i % 13) - 6;
        }
        _tensors.Add((new TensorEntry(name, type, shape, 0), bytes));
        return this;
    }

    public Checkpoint Renamed(string name, string other)
    {
        int index = _tensors.FindIndex(tensor => tensor.Entry.Name == name);
        TensorEntry entry = _tensors[index].Entry;
        _tensors[index] = (new TensorEntry(other, entry.DType, entry.Shape, entry.Offset), _tensors[index].Bytes);
        return this;
    }

    /// <summary>The same elements under a second name.</summary>
    public Checkpoint Copy(string name, string other)
    {
        (TensorEntry entry, byte[] bytes) = _tensors.Find(tensor => tensor.Entry.Name == name);
        _tensors.Add((new TensorEntry(other, entry.DType, entry.Shape, entry.Offset), bytes));
        return this;
    }

    /// <summary>Every name behind a prefix.</summary>
    public Checkpoint Behind(string prefix)
    {
        foreach (TensorEntry entry in Entries) Renamed(entry.Name, prefix + entry.Name);
        return this;
    }

    /// <summary>The tensors of another one, too.</summary>
    public Checkpoint And(Checkpoint other)
    {
        _tensors.AddRange(other._tensors);
        return this;
    }

    public bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TensorEntry? entry)
        => (entry = _tensors.Find(tensor => tensor.Entry.Name == name).Entry) is not null;

    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
        => _tensors.Find(tensor => tensor.Entry == entry).Bytes.AsSpan((int)byteOffset, destination.Length)
            .CopyTo(destination);

    public void Dispose()
    {
    }
}
