namespace CrossPT.Tensors.Files;

/// <summary>
/// Element types by the names safetensors gives them (huggingface/safetensors, <c>tensor.rs</c>, <c>Dtype</c>).
/// </summary>
internal static class SafetensorsTypes
{
    public const string Supported = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL";

    public static DType? Parse(string name) => name switch
    {
        "F64" => DType.Float64,
        "F32" => DType.Float32,
        "F16" => DType.Float16,
        "BF16" => DType.BFloat16,
        "I64" => DType.Int64,
        "I32" => DType.Int32,
        "I16" => DType.Int16,
        "I8" => DType.Int8,
        "U8" => DType.UInt8,
        "BOOL" => DType.Boolean,
        _ => null,
    };

    public static string Name(DType type) => type switch
    {
        DType.Float64 => "F64",
        DType.Float32 => "F32",
        DType.Float16 => "F16",
        DType.BFloat16 => "BF16",
        DType.Int64 => "I64",
        DType.Int32 => "I32",
        DType.Int16 => "I16",
        DType.Int8 => "I8",
        DType.UInt8 => "U8",
        DType.Boolean => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };
}
