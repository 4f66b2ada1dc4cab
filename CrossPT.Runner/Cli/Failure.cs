using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Cli;

/// <summary>Turns what went wrong into one line on standard error and an exit code.</summary>
internal static class Failure
{
    // Numbers of the operating system, which .NET hands on as they are; Windows has its own.
    private const int BrokenPipe = 32;
    private const int DiskFull = 28;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsPipeClosed = unchecked((int)0x800700E8);

    public static int Report(Exception error, StandardStreams streams, Interruption? interruption)
    {
        while (error is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException
            && error.InnerException is { } inner)
        {
            error = inner;
        }
        // Whoever read the output has had enough: not a failure, and nobody to tell.
        if (error is IOException { HResult: BrokenPipe or WindowsPipeClosed }) return ExitCode.Done;
        error = DeviceTable.Explain(error) ?? error;
        if (error is not UserException) TryFlush(streams);
        (int code, string line) = Describe(error, interruption);
        streams.Error.WriteLine(OneLine($"crosspt: {ErrorText.WithoutParameterNames(line)}"));
        if (Environment.GetEnvironmentVariable("CROSSPT_DEBUG") == "1") streams.Error.WriteLine(error);
        return code;
    }

    /// <summary>Text on one line: control characters, which may come out of a broken file, as escapes.</summary>
    public static string OneLine(string text)
    {
        StringBuilder line = new(text.Length);
        foreach (char c in text)
        {
            if (c is '\n' or '\t') line.Append(' ');
            else if (char.IsControl(c) || c is '\u2028' or '\u2029') line.Append($"\\u{(int)c:x4}");
            else line.Append(c);
        }
        return line.ToString().TrimEnd();
    }

    private static (int Code, string Line) Describe(Exception error, Interruption? interruption) => error switch
    {
        UserException user => (user.Code, user.Message),
        DeviceException device => (device.IsFault ? ExitCode.Failed : ExitCode.BadInput, device.Message),
        OperationCanceledException when interruption is not null => (interruption.Code, "interrupted"),
        OutOfMemoryException => (ExitCode.Failed, $"out of memory: {error.Message}"),
        IOException { HResult: DiskFull or WindowsDiskFull } => (ExitCode.Failed, $"the disk is full: {error.Message}"),
        ConfigurationException or IOException or UnauthorizedAccessException or InvalidDataException =>
            (ExitCode.BadInput, error.Message),
        _ => (ExitCode.Failed, $"unexpected {error.GetType().Name}: {error.Reason()} (CROSSPT_DEBUG=1 shows where)"),
    };

    private static void TryFlush(StandardStreams streams)
    {
        try
        {
            streams.Flush();
        }
        catch (IOException)
        {
            // The failure being reported is the one that counts.
        }
    }
}
