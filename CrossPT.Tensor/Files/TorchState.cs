using System.Globalization;

namespace CrossPT.Tensors.Files;

/// <summary>
/// The tensors in a tree of dictionaries, lists and tuples, each under the path that leads to it:
/// <c>encoder.0.weight</c>.
/// </summary>
internal sealed class TorchState(string path, AllocationBudget budget)
{
    /// <summary>Name of a file's only tensor when it is in no container.</summary>
    public const string BareName = "tensor";

    private const int DepthLimit = 64;
    private const int NameLimit = 4096;

    private readonly List<(string Name, TorchTensor Tensor)> _found = [];

    /// <summary>Lists the tensors in the order they were saved; whatever else the tree holds is left out.</summary>
    public IReadOnlyList<(string Name, TorchTensor Tensor)> Flatten(object? root)
    {
        if (IsBranch(root)) Visit(root, root is TorchTensor ? BareName : "", 0);
        return _found;
    }

    private void Visit(object? value, string name, int depth)
    {
        if (depth > DepthLimit)
            throw new TensorFileException(
                path, $"its pickle has containers nested more than {DepthLimit} deep, or one that contains itself");
        switch (value)
        {
            case TorchTensor tensor:
                if (_found.Count == EntryTable.CountLimit)
                    throw new TensorFileException(path, $"more than {EntryTable.CountLimit} tensors");
                budget.Charge(256);
                _found.Add((name, tensor));
                break;
            case TorchStorage:
                throw new TensorFileException(
                    path, $"{TensorFileException.Quote(name)} is a bare storage, expected tensors");
            case PickleDictionary dictionary:
                foreach ((object? key, object? item) in dictionary.Pairs)
                {
                    if (Enters(item)) Visit(item, Join(name, Key(key, name), depth), depth + 1);
                }
                break;
            case IList<object?> items:
                for (int i = 0; i < items.Count; i++)
                {
                    if (Enters(items[i]))
                        Visit(items[i], Join(name, i.ToString(CultureInfo.InvariantCulture), depth), depth + 1);
                }
                break;
        }
    }

    /// <summary>
    /// One value can stand in many places, or in itself, at the cost of two bytes each: looking at it is paid for like
    /// an object.
    /// </summary>
    private bool Enters(object? value)
    {
        budget.Charge(4);
        return IsBranch(value);
    }

    private string Join(string prefix, string key, int depth)
    {
        string name = depth == 0 ? key : $"{prefix}.{key}";
        if (name.Length is 0 or > NameLimit)
            throw new TensorFileException(
                path,
                $"a name of {name.Length} characters ({TensorFileException.Quote(name)}), expected 1 to {NameLimit}");
        budget.Charge(64 + (2L * name.Length));
        return name;
    }

    private string Key(object? key, string prefix) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new TensorFileException(
            path,
            $"a dictionary {(prefix.Length == 0 ? "" : $"at {TensorFileException.Quote(prefix)} ")}has a key that is "
                + $"neither text nor an integer"),
    };

    private static bool IsBranch(object? value) =>
        value is TorchTensor or TorchStorage or PickleDictionary or List<object?> or object?[];
}
