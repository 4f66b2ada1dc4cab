using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts remove</c>: a source prompt out of a trained run, without training.</summary>
internal static class PromptsRemoveCommand
{
    public static CommandDefinition Define() => new()
    {
        Arguments = [new Positional("NAME", "the source prompt, by the name the run has for it")],
        Options = [EvaluateCommand.RunFolderOption, EvaluateCommand.ModelOption],
        Notes = "Changes the run: its column leaves the router for good. crosspt evaluate --without NAME tells beforehand what that costs.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string name = context.Arguments[0];
        if (name.Length == 0) throw new UserException("NAME: found nothing, expected a source prompt of the run");
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
        else context.Text.WriteLine(Failure.OneLine($"{run.FolderPath}: without the source prompt {name}, left {string.Join(", ", left)}"));
        return ExitCode.Done;
    }
}
