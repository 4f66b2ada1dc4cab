using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// Target prompts as a routed average of frozen source prompts plus a private prompt: target_k = Σ_s softmax(z_k / τ)_s · source_s + private_k.
/// </summary>
public sealed class RoutedPrompts : ITrainablePrompts
{
    private readonly Tensor _bank;
    private readonly Variable[] _privates;

    /// <summary>Prompts that start from given values.</summary>
    /// <param name="backend">Where they live.</param>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="sources">The S source prompts, all [P, H]; frozen.</param>
    /// <param name="privates">K starts of P·H numbers.</param>
    /// <param name="router">z [K, S]; owned from now on.</param>
    /// <exception cref="ArgumentException">A size does not fit the others; the message names both.</exception>
    public RoutedPrompts(IBackend backend, IReadOnlyList<string> tasks, IReadOnlyList<SourcePrompt> sources, IReadOnlyList<float[]> privates, Router router)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(privates);
        ArgumentNullException.ThrowIfNull(router);
        CheckAlike(sources);
        if (router.Logits.Shape != new Shape(tasks.Count, sources.Count))
            throw new ArgumentException($"RoutedPrompts: a router {router.Logits.Shape}, expected [{tasks.Count}, {sources.Count}]: tasks by source prompts.");
        if (privates.Count != tasks.Count) throw new ArgumentException($"RoutedPrompts: {privates.Count} private prompts, expected one for each of {tasks.Count} tasks.");
        Tasks = [.. tasks];
        Sources = [.. sources];
        Router = router;
        // Flat, so that the average of all sources for all tasks is one product: [K, S] · [S, P·H].
        _bank = TensorScope.Detach(TensorData.FromSingles(backend, Flatten(sources), sources.Count, Length * Width));
        _privates = [.. privates.Select(rows => Variable.Parameter(TensorData.FromSingles(backend, rows, Length, Width)))];
        Parameters =
        [
            .. _privates.Select((variable, task) => new PromptParameter($"private.{Tasks[task]}", variable, ParameterRole.Private)),
            new PromptParameter("router.logits", router.Logits, ParameterRole.Router),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>The source prompts, in the order of the router's columns.</summary>
    public IReadOnlyList<SourcePrompt> Sources { get; }

    /// <summary>The router.</summary>
    public Router Router { get; }

    /// <summary>The private prompts [P, H] by task.</summary>
    public IReadOnlyList<Variable> Privates => _privates;

    /// <inheritdoc/>
    public int Length => Sources[0].Length;

    /// <inheritdoc/>
    public int Width => Sources[0].Width;

    /// <inheritdoc/>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <inheritdoc/>
    public PromptPosition Position => PromptPosition.Before;

    /// <inheritdoc/>
    public bool ReadsTexts => false;

    /// <inheritdoc/>
    public ComposedPrompts Compose(Tape tape, PromptContext context)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(context);
        Variable averages = tape.Product(Router.Weights(tape), Variable.Constant(_bank));           // [K, P·H]
        Variable shared = tape.Reshape(averages, Tasks.Count * Length, Width);                      // [K·P, H]
        return new ComposedPrompts(tape.Add(shared, tape.ConcatenateRows(_privates)), context.Tasks);
    }

    /// <summary>Frees all prompts and the router.</summary>
    public void Dispose()
    {
        _bank.Dispose();
        foreach (Variable variable in _privates) variable.Dispose();
        Router.Dispose();
    }

    private static void CheckAlike(IReadOnlyList<SourcePrompt> sources)
    {
        if (sources.Count == 0) throw new ArgumentException("RoutedPrompts: no source prompts.", nameof(sources));
        SourcePrompt first = sources[0];
        foreach (SourcePrompt source in sources)
        {
            if (source.Length != first.Length || source.Width != first.Width)
            {
                throw new ArgumentException(
                    $"The source prompts '{first.Name}' [{first.Length}, {first.Width}] and '{source.Name}' [{source.Length}, {source.Width}] differ in size.",
                    nameof(sources));
            }
        }
    }

    private static float[] Flatten(IReadOnlyList<SourcePrompt> sources)
    {
        float[] flat = new float[sources.Sum(static source => source.Rows.Length)];
        int start = 0;
        foreach (SourcePrompt source in sources)
        {
            source.Rows.CopyTo(flat.AsSpan(start));
            start += source.Rows.Length;
        }
        return flat;
    }
}
