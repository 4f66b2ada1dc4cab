using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Models;

/// <summary>What <c>--model</c> names.</summary>
internal static class ModelFolder
{
    public static Option Option { get; } = new("--model", "DIR", "model folder: config.json, weights, tokenizer", Required: true);

    /// <summary>The folder, or an error in one sentence.</summary>
    public static string Find(CommandContext context, Option option)
    {
        string path = context.String(option);
        if (Directory.Exists(path)) return path;
        throw new UserException(File.Exists(path) ? $"{path}: is a file, expected a model folder" : $"{path}: no such folder, expected a model folder");
    }

    /// <summary>Loads its T5, frozen.</summary>
    public static T5Model Load(string folder, IBackend backend) => T5Model.Load(folder, backend);
}
