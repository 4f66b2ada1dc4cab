using System.CommandLine;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Tracking;
using CrossPT.Runner.Training;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt train</c>: prompts of any method, tuned before a frozen model.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string> s_configuration =
        Options.Argument("CONFIG", "a configuration (JSON, comments allowed) or a run folder, whose settings it takes");
    private static readonly Option<string[]> s_set = Options.Texts(
        "--set", "PATH=VALUE",
        "overrides a setting: training.steps=40, tasks[0].shots=16; may be repeated");
    private static readonly Option<string> s_out =
        Options.Text("--out", "DIR", "the run folder, which must not exist yet").Otherwise("runs/NAME-SEED");
    private static readonly Option<bool> s_resume =
        Options.Flag("--resume", "continues the run from its last checkpoint");
    private static readonly Option<bool> s_dryRun = Options.Flag(
        "--dry-run",
        "checks the data; shows examples, trainable parameters, and time and memory measured here; trains and writes "
        + "nothing");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_configuration],
        Options = [s_set, s_out, s_resume, s_dryRun, ModelFolder.Strict],
        Notes = "Paths in the configuration and in --set are relative to the configuration's file; --out is relative "
            + "to the current folder. The run folder gets config.json, prompts.safetensors, router.json, "
            + "history.jsonl, router.jsonl, predictions.jsonl, metrics.json, a file for TensorBoard and checkpoint/. "
            + "Ctrl+C writes a checkpoint; train RUN --resume continues from it, and train RUN --out DIR trains with "
            + "the same settings again.",
        Example = "train run.json --set seed=2 --out runs/second",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        bool resumes = context.Has(s_resume), dry = context.Has(s_dryRun);
        (string path, string? folder) = Find(context.Value(s_configuration));
        RunConfiguration configuration = DemoNames.Resolve(RunConfiguration.Load(path, context.FindAll(s_set)));
        if ((context.Find(s_out) ?? (resumes ? folder : null)) is { } output)
            configuration = configuration with { Out = output };
        if (!resumes && !dry) CheckNew(configuration.OutFolder);
        if (resumes && RunFolder.IsFinished(configuration.OutFolder))
        {
            context.Note($"{configuration.OutFolder}: the run is finished, nothing to do");
            return ExitCode.Done;
        }
        configuration = FoundInputs.Of(context, configuration);
        using IBackend backend = context.OpenBackend();
        using WorkBar work = new(context.Console);
        if (dry) return Measure(context, configuration, backend, work);
        RunOptions options = new() { Backend = backend, Resume = resumes, Progress = work };
        using TrainedRun run = Train(context, configuration, options, work);
        RunSummary.Write(context, run, configuration.OutFolder, SystemMemory.PeakResidentBytes());
        if (run.Metrics!.ReloadEqual != false) return ExitCode.Done;
        throw new UserException(
            $"{run.FolderPath}: loaded again, the run does not evaluate to the same bits", ExitCode.Failed);
    }

    /// <summary>A configuration's file, and the run folder that it is the record of.</summary>
    private static (string Path, string? Folder) Find(string path)
    {
        if (Directory.Exists(path))
        {
            string record = Path.Combine(path, RunFolder.ConfigName);
            if (File.Exists(record) && RunConfiguration.IsRecord(record)) return (record, path);
            throw new UserException(
                $"{path}: no {RunFolder.ConfigName} of a run in it, expected a configuration or the folder of a run");
        }
        if (Path.GetFileName(path) != RunFolder.ConfigName || !RunConfiguration.IsRecord(path)) return (path, null);
        string folder = Path.GetDirectoryName(path)!;
        return (path, folder.Length > 0 ? folder : ".");
    }

    private static void CheckNew(string folder)
    {
        if (Directory.Exists(folder))
            throw new UserException($"{folder}: exists already; --resume continues a run, --out DIR writes another");
        RunFolder.CheckNew(folder);
    }

    private static int Measure(
        CommandContext context, RunConfiguration configuration, IBackend backend, WorkBar loading)
    {
        using PreparedRun run = PreparedRun.Load(configuration, backend, progress: loading);
        loading.Dispose();
        ModelFolder.Report(context, run.Model);
        context.Warn(run.Warnings);
        return DryRun.Show(context, run);
    }

    private static TrainedRun Train(
        CommandContext context, RunConfiguration configuration, RunOptions options, WorkBar loading)
    {
        using TrainingProgress progress = new(context, configuration, loading);
        using MlflowListener? mlflow = MlflowListener.FromEnvironment(context, progress);
        IRunListener listener = mlflow is null ? progress : mlflow;
        try
        {
            TrainedRun run = Prompting.Runs.Run.Execute(
                configuration, options, listener, context.Interruption.Token);
            mlflow?.Finish(MlflowStatus.Finished, run.Metrics);
            return run;
        }
        catch (Exception error)
        {
            mlflow?.Finish(
                error is OperationCanceledException ? MlflowStatus.Killed : MlflowStatus.Failed, metrics: null);
            if (error is OperationCanceledException && InterruptedRun.Describe(context, configuration) is { } stopped)
                throw new UserException(stopped, context.Interruption.Code, error);
            if (error is not TrainingDivergedException) throw;
            string folder = Path.GetFullPath(configuration.OutFolder);
            throw new UserException($"{error.Message} (they are saved in {folder})", ExitCode.Failed, error);
        }
    }
}

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
