namespace CrossPT.Tensors;

/// <summary>
/// Disposes the tensors made on this thread since it was opened, except those that were kept.
/// </summary>
/// <remarks>
/// Scopes nest; each thread has its own. The use is <c>using var scope = new TensorScope();</c> around the
/// intermediates of a step.
/// </remarks>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? t_current;

    private readonly TensorScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    /// <summary>Opens a scope on the current thread.</summary>
    public TensorScope()
    {
        _outer = t_current;
        t_current = this;
    }

    /// <summary>
    /// Hands <paramref name="tensor"/> to the scope around this one, or to the caller alone when there is none.
    /// </summary>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        // Searched from the end: what is kept was mostly made last.
        for (int i = _tensors.Count - 1; i >= 0; i--)
        {
            if (!ReferenceEquals(_tensors[i], tensor)) continue;
            _tensors.RemoveAt(i);
            _outer?._tensors.Add(tensor);
            break;
        }
        return tensor;
    }

    /// <summary>Takes <paramref name="tensor"/> out of every open scope: its owner disposes it.</summary>
    /// <returns>The same tensor.</returns>
    public static Tensor Detach(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        for (TensorScope? scope = t_current; scope is not null; scope = scope._outer)
        {
            int index = scope._tensors.LastIndexOf(tensor);
            if (index < 0) continue;
            scope._tensors.RemoveAt(index);
            break;
        }
        return tensor;
    }

    /// <summary>Disposes what was not kept and makes the outer scope current again.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        if (!ReferenceEquals(t_current, this))
            throw new InvalidOperationException(
                "TensorScope: disposed before a scope opened inside it, or on another thread.");
        _disposed = true;
        t_current = _outer;
        foreach (Tensor tensor in _tensors) tensor.Dispose();
        _tensors.Clear();
    }

    internal static void Register(Tensor tensor) => t_current?._tensors.Add(tensor);
}
