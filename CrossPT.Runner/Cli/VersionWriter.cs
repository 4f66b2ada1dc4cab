using System.CommandLine;
using System.CommandLine.Invocation;
using CrossPT.Runner.Devices;

namespace CrossPT.Runner.Cli;

/// <summary><c>--version</c>: version and back ends.</summary>
internal sealed class VersionWriter : SynchronousCommandLineAction
{
    public static string Version => typeof(VersionWriter).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult line)
    {
        CommandContext context = (CommandContext)line.InvocationConfiguration;
        if (!context.IsJson)
        {
            context.Text.WriteLine($"crosspt {Version} (back ends: {string.Join(", ", DeviceTable.Backends)})");
            return ExitCode.Done;
        }
        context.WriteJson(static json =>
        {
            json.WriteString("version", Version);
            json.WriteStartArray("backends");
            foreach (string name in DeviceTable.Backends) json.WriteStringValue(name);
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
