using System.CommandLine;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts remove</c>: a source prompt out of a trained run, without training.</summary>
internal static class PromptsRemoveCommand
{
    private static readonly Argument<string> s_name =
        Options.Argument("NAME", "the source prompt's name in the run");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_name],
        Options = [EvaluateCommand.RunFolderOption, EvaluateCommand.ModelOption],
        Notes = "Changes the run: its column leaves the router for good. crosspt evaluate --without NAME tells "
            + "beforehand what that costs.",
        Example = "prompts remove --run runs/first-1 mnli",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string name = context.Value(s_name);
        using IBackend backend = context.OpenBackend();
        using TrainedRun run = EvaluateCommand.Load(context, backend);
        IReadOnlyList<string> left = RunSources.Remove(run, name);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("run", run.FolderPath);
                json.WriteString("removed", name);
                json.WriteStartArray("sources");
                foreach (string source in left) json.WriteStringValue(source);
                json.WriteEndArray();
            });
        }
        else
            context.Text.WriteLine(
                Failure.OneLine($"{run.FolderPath}: without the source prompt {name}, left {string.Join(", ", left)}"));
        return ExitCode.Done;
    }
}
