using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// How much of each source prompt a task takes: free logits z [K, S], softmax(z_k / τ) in training and in evaluation alike. A property of the
/// task, not of the example.
/// </summary>
public sealed class Router : IDisposable
{
    /// <summary>A router that starts from given logits.</summary>
    /// <param name="backend">Where they live.</param>
    /// <param name="logits">K·S numbers, task after task.</param>
    /// <param name="tasks">K.</param>
    /// <param name="sources">S.</param>
    /// <param name="temperature">τ: below 1 sharper, above 1 flatter.</param>
    /// <exception cref="ArgumentException">The number of logits is not K·S, or the temperature is not above 0.</exception>
    public Router(IBackend backend, ReadOnlySpan<float> logits, int tasks, int sources, double temperature = 1)
    {
        if (tasks < 1 || sources < 1 || logits.Length != tasks * sources)
            throw new ArgumentException($"Router: {logits.Length} logits, expected [{tasks}, {sources}].", nameof(logits));
        if (!(temperature > 0) || double.IsInfinity(temperature)) throw new ArgumentException($"Router: temperature {temperature}, expected above 0.", nameof(temperature));
        Logits = Variable.Parameter(TensorData.FromSingles(backend, logits, tasks, sources));
        Temperature = temperature;
    }

    /// <summary>z [K, S], trained.</summary>
    public Variable Logits { get; }

    /// <summary>τ.</summary>
    public double Temperature { get; }

    /// <summary>Weights [K, S]: each task's sum to 1.</summary>
    public Variable Weights(Tape tape) => tape.Softmax(Logits, Temperature);

    /// <summary>The weights as numbers, [tasks][sources].</summary>
    public double[][] ToWeights()
    {
        using TensorScope scope = new();
        using Tape tape = new(Logits.Value.Backend, recording: false);
        double[] flat = Weights(tape).Value.ToDoubles();
        return [.. flat.Chunk(Logits.Shape[1])];
    }

    /// <summary>Frees the logits.</summary>
    public void Dispose() => Logits.Dispose();
}
