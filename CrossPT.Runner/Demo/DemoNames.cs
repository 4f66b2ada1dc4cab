using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Hub;

namespace CrossPT.Runner.Demo;

/// <summary>
/// Finds what a configuration names and does not give by a path: a model, and the source prompts that come with the
/// program.
/// </summary>
internal static class DemoNames
{
    /// <summary>
    /// The configuration with the folders and files of what it names; a path that leads somewhere wins.
    /// </summary>
    public static RunConfiguration Resolve(RunConfiguration configuration)
    {
        string model = ModelFolder.Locate(configuration.Model, configuration.ModelText);
        return configuration with
        {
            Model = model,
            IsModelNamed = model != configuration.Model,
            Sources = [.. configuration.Sources.Select(Resolve)],
        };
    }

    private static SourceSelection Resolve(SourceSelection source)
    {
        if (source is not { File: { } file, DemoName: { } name } || Path.Exists(file)) return source;
        return DemoFiles.FindSource(name) is { } shipped ? source with { File = shipped } : source;
    }
}
