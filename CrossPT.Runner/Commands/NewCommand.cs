using System.CommandLine;
using CrossPT.Runner.Cli;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt new</c>: a commented configuration to start from.</summary>
internal static class NewCommand
{
    private const string Starter = "templates/starter.json";

    private static readonly Argument<string> s_file =
        Options.Argument("FILE", "the configuration to write, which must not exist yet");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Example = "new run.json",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string path = context.Value(s_file);
        if (File.Exists(path) || Directory.Exists(path)) throw new UserException($"{path}: exists already, expected a new file");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder)) throw new UserException($"{path}: there is no folder {folder}");
        using Stream starter = typeof(NewCommand).Assembly.GetManifestResourceStream(Starter)!;
        AtomicFile.Write(path, stream => starter.CopyTo(stream));
        if (context.IsJson) context.WriteJson(json => json.WriteString("file", Path.GetFullPath(path)));
        else context.Text.WriteLine($"{path}: set the model, the tasks and the data, then: crosspt train {path} --dry-run");
        return ExitCode.Done;
    }
}
