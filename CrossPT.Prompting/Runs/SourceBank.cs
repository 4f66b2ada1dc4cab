using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Runs;

/// <summary>Loads the source prompts of a run and brings them to one length.</summary>
internal static class SourceBank
{
    public static SourcePrompt[] Load(RunConfiguration configuration, int width)
    {
        (SourceSelection Selection, SourcePrompt Prompt)[] loaded =
            [.. configuration.Sources.Select(selection => (selection, SourcePrompt.Load(selection.File, width, selection.Name)))];
        if (configuration.Prompt.Length is { } length)
        {
            foreach ((SourceSelection selection, SourcePrompt prompt) in loaded)
            {
                if (prompt.Length >= length) continue;
                throw new ConfigurationException(
                    configuration.Place,
                    $"prompt.length is {length}, but {selection.File} has a prompt [{prompt.Length}, {width}], expected {length} rows at least");
            }
            return Array.ConvertAll(loaded, one => one.Prompt.Take(length));
        }
        (SourceSelection Selection, SourcePrompt Prompt) first = loaded[0];
        foreach ((SourceSelection selection, SourcePrompt prompt) in loaded)
        {
            if (prompt.Length == first.Prompt.Length) continue;
            throw new ConfigurationException(
                configuration.Place,
                $"{first.Selection.File} has a prompt [{first.Prompt.Length}, {width}] and {selection.File} [{prompt.Length}, {width}], "
                + $"expected one length, or a prompt.length of {Math.Min(prompt.Length, first.Prompt.Length)} at most to take the first rows of each");
        }
        return Array.ConvertAll(loaded, static one => one.Prompt);
    }
}
