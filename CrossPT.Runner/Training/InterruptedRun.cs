using System.CommandLine;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;

namespace CrossPT.Runner.Training;

/// <summary>A run that was stopped by a signal: how far it is, and the command that continues it.</summary>
internal static class InterruptedRun
{
    /// <summary>One line on both; null where the run has not begun, and nothing was written.</summary>
    public static string? Describe(CommandContext context, RunConfiguration configuration)
    {
        string folder = configuration.OutFolder;
        if (!File.Exists(Path.Combine(folder, RunFolder.ConfigName))) return null;
        return $"interrupted {Position(folder, configuration)}; to continue: {Command(context, folder)}";
    }

    private static string Position(string folder, RunConfiguration configuration)
    {
        string checkpoint = Path.Combine(folder, RunFolder.CheckpointName);
        if (CheckpointFile.IsIn(checkpoint)) return $"{Step(checkpoint)} of {configuration.Training.Steps}";
        // The checkpoint of a source prompt goes when the prompt is done.
        string sources = Path.Combine(folder, RunFolder.SourcesName);
        string? stage = Directory.Exists(sources)
            ? Directory.EnumerateDirectories(sources).FirstOrDefault(CheckpointFile.IsIn)
            : null;
        return stage is null
            ? "before the first checkpoint"
            : $"{Step(stage)} of the source prompt {Uri.UnescapeDataString(Path.GetFileName(stage))}";
    }

    private static string Step(string checkpoint)
    {
        int step = CheckpointFile.Read(checkpoint).State.Step;
        return FormattableString.Invariant($"with a checkpoint of step {step}");
    }

    /// <summary>The command line: settings are in the run folder, where to compute is not.</summary>
    private static string Command(CommandContext context, string folder)
    {
        List<string> words = ["crosspt", "train", ShellWord.Quote(folder), "--resume"];
        Option[] kept = [GlobalOptions.Device, GlobalOptions.Precision, GlobalOptions.Threads];
        foreach (Option option in kept)
        {
            if (context.Written(option) is { } value) words.AddRange([option.Name, ShellWord.Quote(value)]);
        }
        if (context.Has(ModelFolder.Strict)) words.Add(ModelFolder.Strict.Name);
        return string.Join(' ', words);
    }
}
