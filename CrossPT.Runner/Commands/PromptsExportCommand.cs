using System.CommandLine;
using CrossPT.Prompting.Files;
using CrossPT.Runner.Cli;
using CrossPT.Transformer;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt prompts export</c>: a prompt of ours, or of a run, for other programs.</summary>
internal static class PromptsExportCommand
{
    private static readonly Argument<string> s_file = Options.Argument("FILE|RUN", PromptInput.Formats);
    private static readonly Option<string> s_format = Options.Choice(
        "--format", "peft: the folder of an adapter; the others: a file", "peft", "safetensors", "npy").Required();
    private static readonly Option<string> s_out = Options.Text(
        "--out", "PATH", "where to write; an adapter's folder must not exist yet").Required();
    private static readonly Option<string> s_model = Options.Text(
        "--model", "M", "the model it is for, by name or folder; a folder's sizes are checked")
        .Otherwise("the one the file or run names");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [s_format, s_out, PromptInput.Task, s_model],
        Notes = "An adapter has peft_type PROMPT_TUNING, task_type SEQ_2_SEQ_LM and one submodule: as many rows as "
            + "the prompt, all of them for the encoder.",
        Example = "prompts export runs/first-1 --task rte --format peft --out rte-adapter",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string file = context.Value(s_file), format = context.Value(s_format), path = context.Value(s_out);
        string? model = context.Find(s_model);
        // A source prompt of the run is rows and nothing else, whatever the method makes of it.
        bool isSource = context.Find(PromptInput.Task)?.StartsWith("source.", StringComparison.Ordinal) ?? false;
        if (format == "peft" && !isSource) PromptExport.RequirePeft(RunPeftObstacle.Of(file), file, path);
        SavedPrompt prompt = PromptInput.Load(context, file);
        // A name that is no folder here is one of a hub, of which nothing is known here.
        T5Config? config = Directory.Exists(model) ? T5Config.Load(model) : null;
        if (config is not null) prompt.RowsFor(config.ModelWidth);
        switch (format)
        {
            case "peft":
                if ((model ?? prompt.BaseModel) is null)
                    context.Note($"{path}: no model is named; --model gives the adapter's base_model_name_or_path");
                if (model is null && Path.IsPathRooted(prompt.BaseModel))
                {
                    context.Note($"{path}: base_model_name_or_path is the path {prompt.BaseModel}, "
                        + "for its weights are not known to be those of a model on the hub");
                }
                PromptExport.ToPeft(prompt, path, model, config);
                break;
            case "npy":
                PromptExport.ToNpy(prompt, PromptOutput.Require(path, ".npy"));
                break;
            default:
                PromptExport.ToSafetensors(prompt, PromptOutput.Require(path, ".safetensors"), model);
                break;
        }
        PromptOutput.Report(context, prompt, path);
        return ExitCode.Done;
    }
}
