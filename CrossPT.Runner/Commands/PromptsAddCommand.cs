using System.Globalization;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts add</c>: one more source prompt for a trained run, without training.</summary>
internal static class PromptsAddCommand
{
    private const double LargestLogit = 1e4;

    private static readonly Option s_name = new("--name", "N", "what the run calls it", "the file's name");
    private static readonly Option s_logit = new("--logit", "X", "what its column of the router starts from", "each task's own smallest");

    public static CommandDefinition Define() => new()
    {
        Arguments = [new Positional("FILE", PromptInput.Formats)],
        Options = [EvaluateCommand.RunFolderOption, s_name, s_logit, EvaluateCommand.ModelOption],
        Notes = "Changes the run: every target prompt takes some of it at once. crosspt prompts remove takes it out again, and every prediction is what it was.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        double? logit = context.Has(s_logit) ? context.Double(s_logit, -LargestLogit, LargestLogit) : null;
        string? name = context.Has(s_name) ? context.String(s_name) : null;
        using IBackend backend = context.OpenBackend();
        using TrainedRun run = EvaluateCommand.Load(context, backend);
        SourcePrompt prompt = SourcePrompt.Load(context.Arguments[0], run.Record.Width, name);
        IReadOnlyList<double> logits = RunSources.Add(run, prompt, logit);
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
            string starts = string.Join(", ", run.Tasks.Zip(logits, static (task, start) => string.Create(CultureInfo.InvariantCulture, $"{start:0.####} for {task}")));
            context.Text.WriteLine(Failure.OneLine($"{run.FolderPath}: has the source prompt {prompt.Name} now, its logit {starts}"));
        }
        return ExitCode.Done;
    }
}
