namespace CrossPT.Runner.Transfer;

/// <summary>A try failed, and another one may succeed.</summary>
/// <param name="message">What was found.</param>
/// <param name="wait">How long the server asks to wait; null leaves it to the caller.</param>
/// <param name="inner">The cause, if another exception was it.</param>
internal sealed class TransientException(string message, TimeSpan? wait = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? Wait { get; } = wait;
}
