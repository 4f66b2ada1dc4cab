using System.CommandLine;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Runner.Experiments.Sweeps.Slurm;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt sweep</c>: many runs from one grid.</summary>
internal static class SweepCommand
{
    private const int MostJobs = 1024;

    private static readonly Argument<string> s_grid =
        Options.Argument("GRID", "grid: JSON, comments allowed; or the folder of a sweep to continue");
    private static readonly Option<string> s_out =
        Options.Text("--out", "DIR", "the sweep folder, which must not exist yet").Otherwise("sweeps/NAME");
    private static readonly Option<int> s_jobs = Options.Int32(
        "--jobs", "N", "runs at a time; with --engine slurm, as many as the cluster lets run", 1, MostJobs)
        .Otherwise("as many as threads and memory allow");
    private static readonly Option<string> s_engine = Options.Choice(
        "--engine", "where runs are executed: in this process, or as a job array", "local", "slurm").Default("local");
    private static readonly Option<string> s_slurm = Options.TextWithDashes(
        "--slurm", "OPTIONS", "options for sbatch, in one word: \"--partition=short --time=60\"");
    private static readonly Option<bool> s_dryRun =
        Options.Flag("--dry-run", "lists the runs with time and memory measured here; trains and writes nothing");
    private static readonly Option<bool> s_resume = Options.Flag(
        "--resume", "continues the sweep in that folder: finished runs stay, failed ones are retried");
    private static readonly Option<bool> s_follow =
        Options.Flag("--follow", "with --engine slurm: waits for the end and resubmits killed runs");
    private static readonly Option<string> s_run =
        Options.Text("--run", "NAME", "runs only that run of a sweep folder, as each element of a job array does");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_grid],
        Options = [s_out, s_jobs, s_engine, s_slurm, s_dryRun, s_resume, s_follow, s_run, ModelFolder.Strict],
        Notes = "A grid is { \"configuration\": FILE or { … }, \"product\": { PATH: [ … ] }, \"zip\": [ { PATH: [ … "
            + "], … } ], \"variants\": [ { \"name\": …, \"set\": { PATH: … } } ], \"baseline\": … }; PATH is what "
            + "train --set takes, \"seed\" among them. All axes multiply. Runs are in runs/ of the sweep folder. "
            + "Ctrl+C stops with checkpoints. A run that diverged is a result and is not retried. A grid may add "
            + "runs to a sweep that has begun; nothing else in it may change.",
        Example = "sweep grid.json --out sweeps/first --jobs 2",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string target = context.Value(s_grid);
        bool resumes = context.Has(s_resume), dry = context.Has(s_dryRun), isSlurm = context.Value(s_engine) == "slurm";
        int? jobs = context.Find(s_jobs);
        CheckOptions(context, isSlurm, dry);
        string[] options = SlurmOptions.Parse(context.Find(s_slurm) ?? "");
        if (context.Find(s_run) is { } run) return SweepElement.Do(context, new SweepFolder(target), run);
        bool isFolder = Directory.Exists(target);
        if (isFolder && context.Has(s_out))
            throw new UserException($"--out: without effect beside the folder {target}, expected it beside a grid");
        if (isFolder && !resumes && !dry)
            throw new UserException(
                $"{target}: is a folder, expected a grid, or --resume to continue the sweep in it");
        SweepPlan? grid = isFolder ? null : SweepPlan.Expand(SweepGrid.Load(target));
        SweepFolder folder = new(isFolder ? target : context.Find(s_out) ?? Path.Combine("sweeps", grid!.Name));
        if (isFolder && !folder.Exists)
            throw new UserException($"{target}: no {SweepFolder.SweepName} in it, expected the folder of a sweep");
        grid = grid?.In(folder);
        if (!resumes && !dry) folder.CheckNew();
        folder.CheckOwn();
        if (grid is not null && folder.Exists)
            grid = grid with { Runs = SweepModels.Keep(context, grid.Runs, folder.Read().Runs) };
        if (grid is not null)
            grid = grid with
            {
                Runs =
                [
                    .. grid.Runs.Select(run => run with { Configuration = FoundInputs.Of(context, run.Configuration) }),
                ],
            };
        if (dry)
            return SweepDryRun.Show(context, folder, folder.Exists ? Agree(context, folder, grid).Plan : grid!, jobs);
        using FileLock? begun = Directory.Exists(folder.FullPath) ? folder.Take() : null;
        (SweepPlan plan, bool isNew) = folder.Exists ? Agree(context, folder, grid) : (grid!, true);
        SweepRun[] toDo = [.. plan.Runs.Where(run => folder.StateOf(run.Name).IsToDo)];
        return isSlurm
            ? RunOnSlurm(context, folder, plan, toDo, begun, isNew, options, jobs)
            : RunHere(context, folder, plan, toDo, begun, isNew, jobs);
    }

    private static void CheckOptions(CommandContext context, bool isSlurm, bool dry)
    {
        if (!isSlurm && context.Has(s_slurm))
            throw new UserException("--slurm: without effect with --engine local, expected it with --engine slurm");
        if (!isSlurm && context.Has(s_follow))
            throw new UserException("--follow: without effect with --engine local, which shows how runs go by itself");
        if (dry && context.Has(s_follow)) throw new UserException("--follow: without effect with --dry-run");
        if (!context.Has(s_run)) return;
        foreach (Option other in (Option[])[s_out, s_jobs, s_engine, s_slurm, s_dryRun, s_resume, s_follow])
        {
            if (context.Has(other))
                throw new UserException($"{other.Name}: without effect with --run, which does one run");
        }
    }

    /// <summary>The sweep that a folder holds, with what the grid adds to it.</summary>
    private static (SweepPlan Plan, bool IsChanged) Agree(CommandContext context, SweepFolder folder, SweepPlan? grid)
    {
        SweepPlan before = folder.Read();
        if (grid is null) return (before, false);
        IReadOnlyList<string> added = SweepDifferences.Check(before, grid, folder);
        if (added.Count > 0) context.Note($"the grid has {Plural.Of(added.Count, "more run")} now");
        return (grid, added.Count > 0);
    }

    private static int RunHere(
        CommandContext context, SweepFolder folder, SweepPlan plan, SweepRun[] toDo, FileLock? begun, bool isNew,
        int? jobs)
    {
        using IBackend shared = context.OpenBackend();
        using WorkBar work = new(context.Console);
        using SharedModels models = new(shared, work);
        foreach (SweepRun run in toDo) models.Expect(run.Configuration.Model);
        SweepCheck.Whole(context, toDo, shared, models, work);
        work.Dispose();
        int lanes = context.IsCpu
            ? Math.Min(
                jobs ?? SweepLanes.Fit([.. toDo.Select(static run => run.Configuration)], context.Threads),
                Math.Max(1, toDo.Length))
            : 1;
        using FileLock? own = begun is null ? folder.Take() : null;
        if (isNew) folder.Write(plan);
        using (SweepProgress progress = ProgressOf(context, folder, plan, toDo))
        {
            context.Note(
                $"{Plural.Of(plan.Runs.Count, "run")} in {folder.Given}, {toDo.Length} to do, {lanes} at a time");
            LocalEngine engine = new(folder, progress, context.Interruption.Token);
            // Another device than the CPU is one by itself, and used by one run at a time.
            engine.Do(toDo, LocalEngine.Share(context.Threads, lanes), models, context.OpenBackend);
        }
        return SweepOutcome.Show(context, folder, plan);
    }

    private static int RunOnSlurm(
        CommandContext context, SweepFolder folder, SweepPlan plan, SweepRun[] toDo, FileLock? begun, bool isNew,
        string[] options, int? jobs)
    {
        if (toDo.Length == 0) return SweepOutcome.Show(context, folder, plan);
        SweepCheck.Inputs(toDo);
        SlurmEngine engine = new(context, folder, plan, options, jobs);
        // Before anything is written: a machine without Slurm is to leave nothing behind.
        engine.CheckCluster();
        using FileLock? own = begun is null ? folder.Take() : null;
        if (isNew) folder.Write(plan);
        using SweepProgress progress = ProgressOf(context, folder, plan, toDo);
        int submitted = engine.SubmitRest();
        if (!context.Has(s_follow)) return SlurmReport(context, folder, plan, submitted);
        CancellationToken cancellation = context.Interruption.Token;
        try
        {
            new SlurmFollower(engine, folder, progress).Watch(toDo, cancellation);
        }
        catch (OperationCanceledException)
        {
            context.Note(
                $"the jobs continue; crosspt sweep {folder.Given} --engine slurm --resume --follow watches them again");
            throw;
        }
        progress.Dispose();
        return SweepOutcome.Show(context, folder, plan);
    }

    private static int SlurmReport(CommandContext context, SweepFolder folder, SweepPlan plan, int submitted)
    {
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("name", plan.Name);
                json.WriteString("sweep", folder.FullPath);
                json.WriteNumber("runs", plan.Runs.Count);
                json.WriteNumber("submitted", submitted);
            });
        }
        else
        {
            context.Text.WriteLine($"{submitted} of {Plural.Of(plan.Runs.Count, "run")} submitted");
            context.Text.WriteLine($"crosspt sweep {folder.Given} --engine slurm --resume --follow watches them");
        }
        return ExitCode.Done;
    }

    private static SweepProgress ProgressOf(CommandContext context, SweepFolder folder, SweepPlan plan, SweepRun[] toDo)
    {
        RunState[] states = [.. plan.Runs.Select(run => folder.StateOf(run.Name))];
        return new SweepProgress(
            context.Console, plan.Runs.Count, states.Count(static state => state.Stage == RunStage.Finished),
            states.Count(static state => state.Stage == RunStage.Failed && !state.IsToDo),
            toDo.Sum(static run => (long)run.Configuration.Training.Steps));
    }
}
