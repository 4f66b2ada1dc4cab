using System.Runtime.InteropServices;

namespace CrossPT.Runner.Cli;

/// <summary>
/// Ctrl+C and SIGTERM. A command that has something to save asks for <see cref="Token"/> and stops by itself; any other
/// ends at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private PosixSignalRegistration? _interrupt;
    private PosixSignalRegistration? _terminate;
    private volatile bool _saves;
    private volatile int _code;

    /// <summary>
    /// Cancelled at the first signal; from now on the command is trusted to stop by itself, until a second one.
    /// </summary>
    public CancellationToken Token
    {
        get
        {
            _saves = true;
            return _source.Token;
        }
    }

    /// <summary>The exit code that tells which signal it was.</summary>
    public int Code => _code == 0 ? ExitCode.Interrupted : _code;

    /// <summary>Listens to the signals of this process.</summary>
    public static Interruption Watch()
    {
        Interruption interruption = new();
        interruption._interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT, context => interruption.Signal(context, ExitCode.Interrupted));
        interruption._terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM, context => interruption.Signal(context, ExitCode.Terminated));
        return interruption;
    }

    /// <summary>What a signal does.</summary>
    internal void Stop(int code)
    {
        if (!_saves || _code != 0) Environment.Exit(code);
        _code = code;
        _source.Cancel();
    }

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
        _source.Dispose();
    }

    private void Signal(PosixSignalContext context, int code)
    {
        context.Cancel = true;
        Stop(code);
    }
}
