using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Experiments.Report;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;
using CrossPT.Tensors.Files;
using static System.FormattableString;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt demo</c>: the whole method on what comes with the program.</summary>
internal static class DemoCommand
{
    private const int MostSeeds = 20;

    private static readonly string[] s_unlike = [DemoMethods.PlainKey, DemoMethods.SpotKey, DemoMethods.EvidenceKey,
        DemoMethods.TrialsKey];

    private static readonly Option<string> s_out = Options.Text(
        "--out", "DIR",
        "folder for results, a sweep that report reads: sweep.json, runs/, results.json, router-*.svg, sources/; with "
            + "--source-draws, study.json; must not exist yet");
    private static readonly Option<int> s_seed =
        Options.Int32("--seed", "N", "seed of source prompts and initial values", 1, int.MaxValue).Default(1);
    private static readonly Option<int> s_seeds =
        Options.Int32("--seeds", "K", "samples of training examples for every target", 1, MostSeeds).Default(5);
    private static readonly Option<int> s_sourceDraws = Options.Int32(
        "--source-draws", "A",
        "draws of sources and starts, from --seed on: the methods over all of them, with intervals over sources and "
            + "examples",
        2, MostSeeds);
    private static readonly Option<bool> s_otherWorlds = Options.Flag(
        "--other-worlds",
        "with --source-draws: unequal, misleading and fewer sources, and a target of three skills, in place of the "
            + "demo's targets");
    private static readonly Option<string> s_model = Options.Text(
        "--model", "DIR",
        "with --source-draws: a model of another invented language, from pretrain, in place of the demo's");
    private static readonly Option<bool> s_trials = Options.Flag(
        "--trials", "shows only the learning-rate trials on development seeds and a validation split");

    public static CommandDefinition Define() => new()
    {
        Options = [s_out, s_seed, s_seeds, s_sourceDraws, s_otherWorlds, s_model, s_trials],
        Notes = "A tiny T5 that was pretrained on an invented language stays frozen. Source prompts are tuned on six "
            + "skills; then targets, skills in a domain they were never trained in, a combination of two, and a skill "
            + "of no relative, are learned from 32 examples by eleven methods.",
        Example = "demo --out demo-results",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int seed = context.Value(s_seed), seeds = context.Value(s_seeds);
        string? folder = context.Find(s_out);
        if (folder is not null && (Directory.Exists(folder) || File.Exists(folder)))
            throw new UserException($"{folder}: exists already, expected a new folder");
        if (context.Has(s_otherWorlds) && !context.Has(s_sourceDraws))
            throw new UserException("--other-worlds without --source-draws, expected both");
        if (context.Has(s_model) && !context.Has(s_sourceDraws))
            throw new UserException("--model without --source-draws, expected both");
        if (context.Has(s_trials) && context.Has(s_sourceDraws))
            throw new UserException("--trials with --source-draws, expected one of them");
        long start = Stopwatch.GetTimestamp();
        CancellationToken cancellation = context.Interruption.Token;
        using DemoFleet fleet = Open(context);
        if (context.Has(s_sourceDraws)) return RunStudy(context, fleet, seed, seeds, folder, cancellation);
        DemoWorld world = fleet.World;
        DemoSources sources = TrainSources(context, fleet, (ulong)seed, cancellation);
        if (context.Has(s_trials)) return DemoTrials.Run(context, fleet, sources, (ulong)seed, cancellation);
        DemoTask[] tasks = DemoTask.Create(
            world, world.Language.Targets, [.. Enumerable.Range(1, seeds)], development: false);
        DemoFleet.DemoRuns runner = fleet.Prepare(sources, tasks, (ulong)seed, cancellation);
        context.Note(
            $"{world.Language.Targets.Count} targets with {DemoTask.Shots} examples each, {Plural.Of(seeds, "seed")}, "
            + $"{DemoTask.TestExamples} test examples each");
        List<DemoOutcome> outcomes = [];
        IReadOnlyList<DemoOutcome> unlike;
        DemoReport unlikeReport;
        using (DemoProgress progress = new(context.Console, DemoMethods.All.Count + s_unlike.Length, "methods"))
        {
            foreach (DemoMethod method in DemoMethods.All)
            {
                outcomes.Add(progress.Run(runner, method));
                context.Note(Invariant($"{method.Title}: {outcomes[^1].Seconds:F1} s"));
            }
            unlike = RunUnlike(context, fleet, sources, seeds, (ulong)seed, progress, cancellation, out unlikeReport);
        }
        DemoReport report = new(tasks, outcomes);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (folder is not null)
        {
            Save(folder, world, sources, report, outcomes, unlikeReport, seconds);
            new DemoSweep(folder, world, sources, runner).Write(tasks, outcomes);
        }
        if (context.IsJson) context.WriteJson(json => WriteJson(json, world, sources, report, unlikeReport, seconds));
        else WriteText(context, world, sources, runner, report, outcomes, unlikeReport, unlike, seconds, folder);
        return ExitCode.Done;
    }

    private static int RunStudy(
        CommandContext context, DemoFleet fleet, int seed, int seeds, string? folder, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        DemoStudy study = new(
            fleet, [.. Enumerable.Range(seed, context.Value(s_sourceDraws))], [.. Enumerable.Range(1, seeds)]);
        if (context.Has(s_otherWorlds)) study.RunOtherWorlds(context.Note, cancellation);
        else study.RunDemo(context.Note, cancellation);
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(Path.Combine(folder, "study.json"), stream =>
            {
                using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                study.WriteJson(json);
                json.WriteEndObject();
            });
        }
        if (context.IsJson)
        {
            context.WriteJson(study.WriteJson);
            return ExitCode.Done;
        }
        context.Console.WriteLine("Accuracy in percent, mean over draws of sources and draws of examples");
        context.Console.Write(study.Means());
        context.Console.WriteLine();
        context.Console.WriteLine("Paired differences with 95 % intervals over both kinds of draws");
        context.Console.Write(study.Differences());
        context.Console.WriteLine();
        context.Console.WriteLine(Invariant($"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s in all"));
        return ExitCode.Done;
    }

    /// <summary>One worker a thread on the CPU; another device is one by itself.</summary>
    private static DemoFleet Open(CommandContext context)
    {
        // The demo's model is far too small for any other device to be worth choosing by itself.
        bool isCpu = context.Value(GlobalOptions.Device) is "auto" or "cpu"
            && context.Precision == MatrixPrecision.Float32;
        return new DemoFleet(
            () => isCpu ? new CpuBackend(1) : context.OpenBackend(), isCpu ? context.Threads : 1,
            context.Find(s_model));
    }

    private static DemoSources TrainSources(
        CommandContext context, DemoFleet fleet, ulong seed, CancellationToken cancellation)
    {
        context.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"tuning {fleet.World.Language.Sources.Count} source prompts [{DemoSources.Length}, "
                    + $"{fleet.World.Model.Config.ModelWidth}], {DemoSources.Steps} steps"));
        using ProgressBar bar = context.Console.Progress("source prompts", DemoSources.Steps, "steps");
        return fleet.TrainSources(seed, Report, cancellation);

        void Report(TrainingStep step)
        {
            bar.Report(step.Number, Invariant($"loss {step.Loss:F4}"));
            if (step.Number % 200 == 0)
                context.Console.PlainLine(Invariant($"step {step.Number}/{DemoSources.Steps}  loss {step.Loss:F4}"));
        }
    }

    /// <summary>The condition in which a target's label words are not those of its relative.</summary>
    private static List<DemoOutcome> RunUnlike(
        CommandContext context, DemoFleet fleet, DemoSources sources, int seeds, ulong seed, DemoProgress progress,
        CancellationToken cancellation, out DemoReport report)
    {
        LanguageTarget[] targets =
        [
            .. fleet.World.Language.Targets.Where(static target => target.Relatives.Count == 1)
                .Select(static target => target with { Task = target.Task.WithUnlikeLabels() }),
        ];
        DemoTask[] tasks = DemoTask.Create(fleet.World, targets, [.. Enumerable.Range(1, seeds)], development: false);
        DemoFleet.DemoRuns runner = fleet.Prepare(sources, tasks, seed, cancellation);
        List<DemoOutcome> outcomes =
        [
            .. DemoMethods.All.Where(static method => s_unlike.Contains(method.Key))
                .Select(method => progress.Run(runner, method)),
        ];
        context.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the same with label words unlike the sources': "
                    + $"{outcomes.Sum(static outcome => outcome.Seconds):F1} s"));
        report = new DemoReport(tasks, outcomes);
        return outcomes;
    }

    private static void WriteText(
        CommandContext context, DemoWorld world, DemoSources sources, DemoFleet.DemoRuns runner, DemoReport report,
        IReadOnlyList<DemoOutcome> outcomes, DemoReport unlikeReport, IReadOnlyList<DemoOutcome> unlike, double seconds,
        string? folder)
    {
        ConsoleOutput console = context.Console;
        console.WriteLine(
            "Source prompts: accuracy behind the prompt, and under the text prefix it takes the place of");
        for (int i = 0; i < sources.Prompts.Count; i++)
        {
            (double prompt, double prefix) = sources.Accuracies[i];
            console.WriteLine(Invariant($"  {sources.Prompts[i].Name,-14} {100 * prompt,5:F1}   {100 * prefix,5:F1}"));
        }
        console.WriteLine();
        console.WriteLine(
            "Targets: accuracy in percent by ranked label words, mean ± standard deviation over seeds; chance is 50");
        console.WriteLine(
            "known skills: a skill in the domain it was never trained in, six targets; paired differences with 95 % "
                + "bootstrap intervals over seeds.");
        console.WriteLine(
            "The model's pretraining has exercises on single words of every domain, but never the skill there. "
                + "Learning rates: of private prompts, "
            + "and of the router; for every method the best of three on development seeds and a validation split "
            + "(--trials).");
        console.WriteLine();
        console.Write(report.Table());
        console.WriteLine();
        (int[] best, int evidenceRows) = runner.Evidence();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Beyond the steps shown: the sources took {sources.Rows:N0} rows once; evidence takes {evidenceRows} "
                + $"forward rows a target ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"({DemoMethods.Steps * DemoMethods.Batch} rows of training a target). Stored for a target: "
                    + $"{outcomes[0].StoredNumbers:F0} numbers, ")
            + "whatever the method.");
        console.WriteLine();
        foreach (string line in report.Routers(best, [.. sources.Prompts.Select(static source => source.Name)]))
            console.WriteLine(line);
        console.WriteLine();
        console.WriteLine(
            "How much of each source a target takes (CrossPT, from evidence; hundredths, mean over seeds)");
        console.Write(
            report.Map(outcomes.First(static outcome => outcome.Method.Key == DemoMethods.EvidenceKey).Router!));
        console.WriteLine();
        console.WriteLine("With label words unlike the sources' (known skills):");
        foreach (DemoOutcome outcome in unlike)
            console.WriteLine(
                Invariant($"  {outcome.Method.Title,-24} {unlikeReport.KnownSkills(outcome).Average():F1}"));
        console.WriteLine();
        console.WriteLine(
            Invariant($"{seconds:F0} s in all{(folder is null ? "" : $"; saved in {Path.GetFullPath(folder)}")}"));
    }

    private static void WriteJson(
        Utf8JsonWriter json, DemoWorld world, DemoSources sources, DemoReport report, DemoReport unlike, double seconds)
    {
        json.WriteNumber("language_seed", world.Language.Seed);
        json.WriteNumber("seconds", Math.Round(seconds, 1));
        json.WriteStartObject("sources");
        for (int i = 0; i < sources.Prompts.Count; i++)
        {
            json.WriteStartObject(sources.Prompts[i].Name);
            json.WriteNumber("accuracy", sources.Accuracies[i].Prompt);
            json.WriteNumber("accuracy_under_prefix", sources.Accuracies[i].Prefix);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        report.WriteJson(json);
        json.WriteStartObject("unlike_labels");
        unlike.WriteJson(json);
        json.WriteEndObject();
    }

    private static void Save(
        string folder, DemoWorld world, DemoSources sources, DemoReport report, IReadOnlyList<DemoOutcome> outcomes,
        DemoReport unlike, double seconds)
    {
        Directory.CreateDirectory(Path.Combine(folder, DemoSweep.SourcesName));
        foreach (SourcePrompt source in sources.Prompts)
            source.Save(Path.Combine(folder, DemoSweep.SourcesName, $"{source.Name}.safetensors"));
        using (ReportRenderer renderer = new())
        {
            foreach (DemoOutcome outcome in outcomes)
            {
                if (outcome.Router is not { } router) continue;
                string title = $"{outcome.Method.Title}: how much of each source a target takes";
                string picture = renderer.RenderFile(report.Picture(router, title));
                ReportFiles.Write(Path.Combine(folder, $"router-{outcome.Method.Key}.svg"), picture);
            }
        }
        AtomicFile.Write(Path.Combine(folder, "results.json"), stream =>
        {
            using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            WriteJson(json, world, sources, report, unlike, seconds);
            json.WriteEndObject();
        });
    }
}
