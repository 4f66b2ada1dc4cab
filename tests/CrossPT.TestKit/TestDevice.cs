using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>Where a conformance suite gets the back end that it tests.</summary>
/// <param name="Take">Called once a test.</param>
/// <param name="Return">Takes the back end after the test: to dispose it, or to keep it for the next.</param>
/// <param name="IsSimulated">Whether the back end only simulates a device, so slowly that few sizes must do.</param>
public sealed record TestDevice(Func<IBackend> Take, Action<IBackend> Return, bool IsSimulated = false)
{
    /// <summary>Whether it is slower still, so that the fewest rows must do.</summary>
    public bool IsSlow { get; init; }

    /// <summary>A back end of its own for each test.</summary>
    public static TestDevice Of(Func<IBackend> open) => new(open, static backend => backend.Dispose());

    /// <summary>One back end for all tests.</summary>
    public static TestDevice OfOne(Func<IBackend> get) => new(get, static backend => backend.Synchronize());
}
