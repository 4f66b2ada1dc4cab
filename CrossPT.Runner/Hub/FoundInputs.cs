using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Data;

namespace CrossPT.Runner.Hub;

/// <summary>
/// What a configuration needs and does not give by a path: its model of the hub, and data that was pulled.
/// </summary>
internal static class FoundInputs
{
    /// <summary>The configuration with the folders of both.</summary>
    /// <exception cref="UserException">One of them is nowhere; the message says what would bring it.</exception>
    public static RunConfiguration Of(CommandContext context, RunConfiguration configuration) =>
        DefaultData.Resolve(context, ModelFolder.Resolve(context, configuration));
}
