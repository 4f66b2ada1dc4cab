using System.CommandLine;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner;

/// <summary>The process: its streams in, an exit code out.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using StandardStreams streams = new();
        return Run(args, streams, Interruption.Watch, null);
    }

    /// <summary>Runs one command line as the process does; tests call it with streams of their own.</summary>
    internal static int Run(
        string[] args, Stream input, Stream output, TextWriter error, Func<string, string?>? variable = null)
    {
        using StandardStreams streams = new(input, output, error);
        return Run(args, streams, static () => new Interruption(), variable);
    }

    private static int Run(
        string[] args, StandardStreams streams, Func<Interruption> watch, Func<string, string?>? variable)
    {
        Interruption? interruption = null;
        try
        {
            ParseResult line = CommandTree.Parse(args);
            interruption = watch();
            using CommandContext context = new(line, streams, interruption, variable);
            int code = line.Invoke(context);
            streams.Flush();
            return code;
        }
        catch (Exception error)
        {
            return Failure.Report(error, streams, interruption);
        }
        finally
        {
            interruption?.Dispose();
        }
    }
}
