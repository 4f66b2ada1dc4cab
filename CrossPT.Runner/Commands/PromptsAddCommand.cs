using System.CommandLine;
using System.Globalization;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts add</c>: one more source prompt for a trained run, without training.</summary>
internal static class PromptsAddCommand
{
    private const double LargestLogit = 1e4;

    private static readonly Argument<string> s_file = Options.Argument("FILE", PromptInput.Formats);
    private static readonly Option<string> s_name =
        Options.Text("--name", "N", "what the run calls it").Otherwise("the file's name");
    private static readonly Option<double> s_logit =
        Options.Double("--logit", "X", "initial logit of its column in the router", -LargestLogit, LargestLogit)
            .Otherwise("each task's own smallest");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [EvaluateCommand.RunFolderOption, s_name, s_logit, EvaluateCommand.ModelOption],
        Notes = "Changes the run: every target prompt takes some of it at once. crosspt prompts remove takes it out "
            + "again, and every prediction is what it was.",
        Example = "prompts add --run runs/first-1 mnli.safetensors",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        using IBackend backend = context.OpenBackend();
        using TrainedRun run = EvaluateCommand.Load(context, backend);
        SourcePrompt prompt = SourcePrompt.Load(context.Value(s_file), run.Record.Width, context.Find(s_name));
        IReadOnlyList<double> logits = RunSources.Add(run, prompt, context.Find(s_logit));
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("run", run.FolderPath);
                json.WriteString("added", prompt.Name);
                json.WriteStartObject("logits");
                for (int task = 0; task < logits.Count; task++) json.WriteNumber(run.Tasks[task], logits[task]);
                json.WriteEndObject();
            });
        }
        else
        {
            string starts = string.Join(
                ", ",
                run.Tasks.Zip(
                    logits,
                    static (task, start) => string.Create(CultureInfo.InvariantCulture, $"{start:0.####} for {task}")));
            context.Text.WriteLine(
                Failure.OneLine($"{run.FolderPath}: has the source prompt {prompt.Name} now, its logit {starts}"));
        }
        return ExitCode.Done;
    }
}
