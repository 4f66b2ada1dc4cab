using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CrossPT.Runner.Cli;

/// <summary>
/// Standard input, output and error, each opened when it is first used: <c>--help</c> pays for none it does not use.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly bool _given;
    private Stream? _input;
    private Stream? _output;
    private TextWriter? _error;
    private StreamWriter? _text;

    /// <summary>The streams of the process.</summary>
    public StandardStreams()
    {
    }

    /// <summary>The given streams, which stay open.</summary>
    public StandardStreams(Stream input, Stream output, TextWriter error) =>
        (_input, _output, _error, _given) = (input, output, error, true);

    public Stream Input => _input ??= Console.OpenStandardInput();

    /// <summary>Standard output, unbuffered. What <see cref="Text"/> holds back comes later: flush it first.</summary>
    public Stream Output => _output ??= OpenOutput();

    /// <summary>Standard error, UTF-8 whatever the locale, each line written at once.</summary>
    public TextWriter Error => _error ??= new StreamWriter(Console.OpenStandardError(), s_utf8) { AutoFlush = true };

    /// <summary>Whether standard error is a terminal that lines can be written over on.</summary>
    public bool ErrorIsTerminal =>
        !_given && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Columns of the terminal that standard output is; null where it is none.</summary>
    public int? OutputWidth =>
        !_given && !Console.IsOutputRedirected && Console.WindowWidth is > 0 and int width ? width : null;

    /// <summary>Standard output as buffered text.</summary>
    public TextWriter Text => _text ??= new StreamWriter(Output, s_utf8, leaveOpen: true) { NewLine = "\n" };

    /// <summary>Writes out what is buffered.</summary>
    public void Flush()
    {
        _text?.Flush();
        _output?.Flush();
    }

    public void Dispose()
    {
        // The text was flushed where a failure can still be reported. What is left belongs to a failed command.
        _error?.Flush();
    }

    /// <summary>
    /// The console stream swallows a broken pipe, and the command would work on for nobody. A file stream reports it,
    /// but keeps a position of its own, wrong for a file that standard error shares: so it serves for what has no position.
    /// </summary>
    private static Stream OpenOutput()
    {
        if (!OperatingSystem.IsWindows())
        {
            FileStream stream = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek) return stream;
        }
        return Console.OpenStandardOutput();
    }
}
