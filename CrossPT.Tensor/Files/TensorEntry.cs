namespace CrossPT.Tensors.Files;

/// <summary>One tensor of a file: what it is called, what it holds, where it lies.</summary>
public sealed class TensorEntry
{
    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Name within the file.</param>
    /// <param name="type">Type of the elements as stored.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="offset">Bytes from the start of the file to the first element.</param>
    /// <exception cref="OverflowException">The bytes of all elements exceed 2^63.</exception>
    public TensorEntry(string name, DType type, Shape shape, long offset)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Name = name;
        DType = type;
        Shape = shape;
        Offset = offset;
        ByteLength = checked(shape.Length * type.ByteSize());
    }

    /// <summary>Name within the file; never empty.</summary>
    public string Name { get; }

    /// <summary>Type of the elements as stored.</summary>
    public DType DType { get; }

    /// <summary>Sizes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>Bytes from the start of the file to the first element.</summary>
    public long Offset { get; }

    /// <summary>Bytes of all elements, row-major and end to end.</summary>
    public long ByteLength { get; }

    /// <summary>Name, type and shape: <c>shared.weight Float32 [32128, 768]</c>.</summary>
    public override string ToString() => $"{Name} {DType} {Shape}";
}
