using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Runs;

/// <summary>The source prompts of a run: those that are loaded at once, those that are tuned first later.</summary>
internal static class SourceBank
{
    /// <summary>Rows of a prompt where neither the configuration nor a loaded prompt says.</summary>
    private const int DefaultLength = 10;

    /// <summary>Reads the files among the sources, by name.</summary>
    public static Dictionary<string, SourcePrompt> LoadFiles(RunConfiguration configuration, int width)
    {
        Dictionary<string, SourcePrompt> loaded = [];
        foreach (SourceSelection selection in configuration.Sources)
        {
            if (selection.File is { } file) loaded[selection.Name] = SourcePrompt.Load(file, width, selection.Name);
        }
        CheckLengths(configuration, loaded, width);
        return loaded;
    }

    /// <summary>P: as configured, or as long as the loaded prompts.</summary>
    public static int LengthOf(RunConfiguration configuration, IReadOnlyDictionary<string, SourcePrompt> loaded) =>
        configuration.Prompt.Length ?? (loaded.Count > 0 ? loaded.Values.First().Length : DefaultLength);

    private static void CheckLengths(RunConfiguration configuration, Dictionary<string, SourcePrompt> loaded, int width)
    {
        SourceSelection? first = null;
        foreach (SourceSelection selection in configuration.Sources)
        {
            if (!loaded.TryGetValue(selection.Name, out SourcePrompt? prompt)) continue;
            first ??= selection;
            if (configuration.Prompt.Length is { } length)
            {
                if (prompt.Length >= length) continue;
                throw new ConfigurationException(
                    configuration.Place,
                    $"prompt.length is {length}, but {selection.File} has a prompt [{prompt.Length}, {width}], "
                        + $"expected {length} rows at least");
            }
            int other = loaded[first.Name].Length;
            if (prompt.Length == other) continue;
            throw new ConfigurationException(
                configuration.Place,
                $"{first.File} has a prompt [{other}, {width}] and {selection.File} [{prompt.Length}, {width}], "
                + $"expected one length, or a prompt.length of {Math.Min(prompt.Length, other)} at most to take the "
                + $"first rows of each");
        }
    }
}
