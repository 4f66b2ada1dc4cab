namespace CrossPT.Tensors;

/// <summary>The type of one element, with the names safetensors gives them.</summary>
/// <remarks>
/// Back ends compute in <see cref="Float32"/> (the reference back end in <see cref="Float64"/>); the other types are
/// storage.
/// </remarks>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,
    /// <summary>The upper 16 bits of a binary32.</summary>
    BFloat16,
    /// <summary>IEEE 754 binary16.</summary>
    Float16,
    /// <summary>IEEE 754 binary64.</summary>
    Float64,
    /// <summary>Signed 64-bit integer.</summary>
    Int64,
    /// <summary>Signed 32-bit integer: indices.</summary>
    Int32,
    /// <summary>Signed 16-bit integer.</summary>
    Int16,
    /// <summary>Signed 8-bit integer.</summary>
    Int8,
    /// <summary>Unsigned 8-bit integer: also packed bit masks.</summary>
    UInt8,
    /// <summary>A byte that is 0 or 1.</summary>
    Boolean,
}

/// <summary>Sizes and names of element types.</summary>
public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int ByteSize(this DType type) => type switch
    {
        DType.Float64 or DType.Int64 => 8,
        DType.Float32 or DType.Int32 => 4,
        DType.BFloat16 or DType.Float16 or DType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Whether elements are floating-point numbers.</summary>
    public static bool IsFloatingPoint(this DType type)
        => type is DType.Float32 or DType.Float64 or DType.BFloat16 or DType.Float16;
}
