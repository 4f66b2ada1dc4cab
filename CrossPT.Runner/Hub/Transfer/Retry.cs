using System.Globalization;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>Tries again what failed for a passing reason, later and later, or when the server says.</summary>
internal sealed class Retry(TransferSettings settings, Action<string> note)
{
    /// <summary>
    /// Runs until it succeeds, fails for good, or <see cref="TransferSettings.Attempts"/> tries in a row brought
    /// nothing.
    /// </summary>
    /// <param name="what">Its name in messages.</param>
    /// <param name="attempt">A try; throws <see cref="TransientException"/> where another may help.</param>
    /// <param name="progress">Grows while tries bring something, as a file that is resumed does.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UserException">No try succeeded.</exception>
    public async Task<T> RunAsync<T>(
        string what, Func<Task<T>> attempt, Func<long>? progress, CancellationToken cancellation)
    {
        long reached = progress?.Invoke() ?? 0;
        for (int failures = 0; ;)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientException error)
            {
                long now = progress?.Invoke() ?? 0;
                failures = now > reached ? 1 : failures + 1;
                reached = now;
                if (failures >= settings.Attempts)
                    throw new UserException(
                        $"{what}: {error.Message}; given up after {failures} tries", ExitCode.Failed, error);
                await Wait(what, error, failures, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task Wait(string what, TransientException error, int failures, CancellationToken cancellation)
    {
        TimeSpan wait = error.Wait ?? settings.FirstDelay * Math.Pow(2, failures - 1);
        string seconds = wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        if (wait > settings.LongestWait)
            throw new UserException(
                $"{what}: {error.Message}, and the server asks to wait {seconds} s; try again then", ExitCode.Failed,
                error);
        note($"{what}: {error.Message}; again in {seconds} s");
        await settings.Delay(wait, cancellation).ConfigureAwait(false);
    }
}

/// <summary>A try failed, and another one may succeed.</summary>
/// <param name="message">What was found.</param>
/// <param name="wait">How long the server asks to wait; null leaves it to the caller.</param>
/// <param name="inner">The cause, if another exception was it.</param>
internal sealed class TransientException(
    string message, TimeSpan? wait = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? Wait { get; } = wait;
}
