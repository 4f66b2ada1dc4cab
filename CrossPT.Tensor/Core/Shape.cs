namespace CrossPT.Tensors;

/// <summary>The sizes of a tensor, outermost first; row-major. A scalar has rank 0 and one element.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[]? _sizes;

    /// <summary>A shape of the given sizes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the element count exceeds 2^62.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        long length = 1;
        foreach (int size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size);
            if (size != 0 && length > (1L << 62) / size)
                throw new ArgumentOutOfRangeException(
                    nameof(sizes), $"Shape: [{string.Join(", ", sizes.ToArray())}] has more than 2^62 elements.");
            length *= size;
        }
        _sizes = sizes.ToArray();
        Length = length;
    }

    /// <summary>Number of sizes.</summary>
    public int Rank => _sizes?.Length ?? 0;

    /// <summary>Number of elements: the product of the sizes.</summary>
    public long Length => _sizes is null ? 1 : field;

    /// <summary>The size at <paramref name="dimension"/>; negative dimensions count from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such dimension.</exception>
    public int this[int dimension]
    {
        get
        {
            int index = dimension < 0 ? dimension + Rank : dimension;
            if ((uint)index >= (uint)Rank)
                throw new ArgumentOutOfRangeException(
                    nameof(dimension), $"Shape: dimension {dimension} of {this}, which has rank {Rank}.");
            return _sizes![index];
        }
    }

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <inheritdoc/>
    public bool Equals(Shape other) => Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int size in Sizes) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>Whether both shapes have the same sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether the shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets: <c>[16, 512]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _sizes ?? [])}]";
}
