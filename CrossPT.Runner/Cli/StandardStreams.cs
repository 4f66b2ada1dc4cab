using System.Text;
using CrossPT.Runner.Consoles;
using Microsoft.Win32.SafeHandles;

namespace CrossPT.Runner.Cli;

/// <summary>
/// Standard input, output and error, each opened when it is first used: <c>--help</c> pays for none it does not use.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lazy<Terminal> _outputTerminal = new(static () => Terminal.Of(1));
    private readonly Lazy<Terminal> _errorTerminal = new(static () => Terminal.Of(2));
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

    /// <summary>Standard error, each line written at once.</summary>
    public TextWriter Error =>
        _error ??= new StreamWriter(Console.OpenStandardError(), EncodingOf(ErrorTerminal)) { AutoFlush = true };

    /// <summary>Standard output as buffered text.</summary>
    public TextWriter Text =>
        _text ??= new StreamWriter(Output, EncodingOf(OutputTerminal), leaveOpen: true) { NewLine = "\n" };

    /// <summary>The terminal that standard output leads to; null for a file or a pipe.</summary>
    public Terminal? OutputTerminal => _given || Console.IsOutputRedirected ? null : _outputTerminal.Value;

    /// <summary>The terminal that standard error leads to; null for a file or a pipe.</summary>
    public Terminal? ErrorTerminal => _given || Console.IsErrorRedirected ? null : _errorTerminal.Value;

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

    /// <summary>Files and pipes get UTF-8 whatever the locale.</summary>
    private static Encoding EncodingOf(Terminal? terminal) =>
        terminal is { IsUnicode: false } ? Encoding.ASCII : s_utf8;

    /// <summary>
    /// The console stream swallows a broken pipe, and the command would work on for nobody. A file stream reports it,
    /// but keeps a position of its own, wrong for a file that standard error shares: so it serves for what has none.
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
