using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Models;

/// <summary>What <c>--model</c> names.</summary>
internal static class ModelFolder
{
    public static Option Option { get; } = new("--model", "DIR", "model folder: config.json, weights, tokenizer; or demo, the model that comes with the program", Required: true);

    /// <summary>The folder, or an error in one sentence.</summary>
    public static string Find(CommandContext context, Option option)
    {
        string given = context.String(option), path = Locate(given, given);
        if (Directory.Exists(path)) return path;
        throw new UserException(File.Exists(path) ? $"{path}: is a file, expected a model folder" : $"{path}: no such folder, expected a model folder");
    }

    /// <summary>The folder of a model: the path where that is there, else what the name stands for, else the path.</summary>
    public static string Locate(string path, string? name) => !Path.Exists(path) && name == DemoFiles.Name ? DemoFiles.ModelFolder : path;

    /// <summary>The folder of a run's model as <c>--model</c> says; null where the run itself knows.</summary>
    public static string? FindForRun(CommandContext context, Option option, string run)
    {
        if (context.Find(option) is { } given) return Locate(given, given);
        ModelIdentity model = RunRecord.Load(Path.Combine(run, RunFolder.ConfigName)).Model;
        string folder = Locate(model.Path, model.Name);
        return folder == model.Path ? null : folder;
    }

    /// <summary>Loads its T5, frozen.</summary>
    public static T5Model Load(string folder, IBackend backend) => T5Model.Load(folder, backend);
}
