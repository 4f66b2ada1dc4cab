using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>Parts of saved prompts by name.</summary>
internal sealed class SavedParts(IReadOnlyDictionary<string, Tensor> parts, DType type)
{
    /// <summary>A handle of one's own to a part.</summary>
    /// <exception cref="ArgumentException">It is missing, or of another size or type.</exception>
    public Tensor Share(string name, params ReadOnlySpan<int> sizes)
    {
        Tensor part = Get(name);
        Shape expected = new(sizes);
        if (part.Shape != expected) throw new ArgumentException($"The saved prompts have '{name}' {part.Shape}, expected {expected}.");
        if (part.DType != type) throw new ArgumentException($"The saved prompts have '{name}' of {part.DType}, expected {type}.");
        return TensorScope.Detach(part.Share());
    }

    /// <summary>Rows of a part.</summary>
    /// <exception cref="ArgumentException">It is missing.</exception>
    public int RowsOf(string name) => Get(name).Rows;

    private Tensor Get(string name) => parts.TryGetValue(name, out Tensor? part) ? part : throw new ArgumentException($"The saved prompts have no '{name}'.");
}
