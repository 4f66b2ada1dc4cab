namespace CrossPT.Tensors.Files;

/// <summary>
/// A Python dictionary as the list of its pairs: nothing is looked up while it is built, so no key can be made to cost
/// more than another.
/// </summary>
internal sealed class PickleDictionary(bool isOrderedDict)
{
    /// <summary>
    /// Whether it is a <c>collections.OrderedDict</c>, which state dictionaries are and which may carry attributes.
    /// </summary>
    public bool IsOrderedDict => isOrderedDict;

    public List<KeyValuePair<object?, object?>> Pairs { get; } = [];
}

/// <summary>An integer of more than 64 bits; only its presence is known.</summary>
internal sealed class PickleWideInteger
{
    public static readonly PickleWideInteger Instance = new();
}

/// <summary>
/// One of the few names a pickle of tensors may mention. None of them is ever called: each has a meaning here.
/// </summary>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, DType StorageType = default)
{
    private static readonly Dictionary<string, PickleGlobal> s_allowed = new PickleGlobal[]
    {
        new("collections OrderedDict", PickleGlobalKind.OrderedDict),
        new("torch._utils _rebuild_tensor_v2", PickleGlobalKind.RebuildTensor),
        new("torch._utils _rebuild_parameter", PickleGlobalKind.RebuildParameter),
        new("torch DoubleStorage", PickleGlobalKind.Storage, DType.Float64),
        new("torch FloatStorage", PickleGlobalKind.Storage, DType.Float32),
        new("torch HalfStorage", PickleGlobalKind.Storage, DType.Float16),
        new("torch BFloat16Storage", PickleGlobalKind.Storage, DType.BFloat16),
        new("torch LongStorage", PickleGlobalKind.Storage, DType.Int64),
        new("torch IntStorage", PickleGlobalKind.Storage, DType.Int32),
        new("torch ShortStorage", PickleGlobalKind.Storage, DType.Int16),
        new("torch CharStorage", PickleGlobalKind.Storage, DType.Int8),
        new("torch ByteStorage", PickleGlobalKind.Storage, DType.UInt8),
        new("torch BoolStorage", PickleGlobalKind.Storage, DType.Boolean),
    }.ToDictionary(static global => global.Name, StringComparer.Ordinal);

    public static PickleGlobal? Find(string module, string name) => s_allowed.GetValueOrDefault($"{module} {name}");
}

internal enum PickleGlobalKind
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage,
}

/// <summary>
/// The elements of one or several tensors: an item of the archive. <paramref name="Count"/> is in elements.
/// </summary>
internal sealed record TorchStorage(DType Type, string Key, long Count);

/// <summary>
/// A tensor as the pickle describes it, its sizes and strides checked for sign but not yet against the storage.
/// </summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, int[] Sizes, long[] Strides, long PickleByte);
