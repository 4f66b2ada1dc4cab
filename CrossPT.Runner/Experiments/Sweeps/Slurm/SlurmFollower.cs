using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>
/// Watches runs that were submitted, to their end. A run whose process was killed is resubmitted, as long as
/// it gets further; one that was cancelled, or never began, is left for <c>--resume</c>.
/// </summary>
internal sealed class SlurmFollower(SlurmEngine engine, SweepFolder folder, SweepProgress progress)
{
    private const int MostLosses = 3;

    private static readonly TimeSpan s_often = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_seldom = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, RunProgress> _active = [];
    private readonly Dictionary<string, (int Step, int Count)> _losses = [];
    private readonly HashSet<string> _suspects = [];

    /// <summary>Watches.</summary>
    /// <param name="runs">The runs, all of which were submitted.</param>
    /// <param name="cancellation">Ends the watching; the jobs go on.</param>
    public void Watch(IReadOnlyList<SweepRun> runs, CancellationToken cancellation)
    {
        List<SweepRun> open = [.. runs];
        long start = Stopwatch.GetTimestamp(), answered = start;
        while (true)
        {
            // The queue before the folders: an element that has left it has written all it was going to.
            if (Look() is { } queue)
            {
                answered = Stopwatch.GetTimestamp();
                List<string> lost = [];
                foreach (SweepRun run in open.ToArray())
                {
                    if (IsOver(run, queue, lost)) open.Remove(run);
                }
                engine.Submit(lost, progress.Tell);
            }
            else if (Stopwatch.GetElapsedTime(answered) > s_patience)
                throw new UserException(
                    $"squeue: no answer for {s_patience.TotalMinutes:F0} minutes; --resume --follow watches again",
                    ExitCode.Failed);
            if (open.Count == 0) return;
            progress.Changed();
            cancellation.WaitHandle.WaitOne(
                Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1) ? s_often : s_seldom);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private IReadOnlyDictionary<string, (string Element, string? State)>? Look()
    {
        try
        {
            return engine.Queue.Look();
        }
        catch (UserException error) when (error.Code == ExitCode.Failed)
        {
            // A controller that is started anew does not answer for a while.
            progress.Tell(error.Message);
            return null;
        }
    }

    private bool IsOver(
        SweepRun run, IReadOnlyDictionary<string, (string Element, string? State)> queue, List<string> lost)
    {
        (string element, string? alive) = queue.TryGetValue(run.Name, out var known) ? known : ("", null);
        RunState state = folder.StateOf(run.Name);
        int step = HistoryTail.StepOf(folder.FolderOf(run.Name));
        if (state.Stage is RunStage.Finished or RunStage.Failed)
        {
            progress.End(
                Active(run), state.Stage == RunStage.Failed,
                state.Failure?.Message ?? RunScores.Of(folder.FolderOf(run.Name)));
            _active.Remove(run.Name);
            return true;
        }
        if (alive is not null)
        {
            _suspects.Remove(run.Name);
            if (state.Stage == RunStage.Begun && alive == "RUNNING") Active(run).Seen(step);
            return false;
        }
        // On a shared file system the last lines of an element may take a moment to be seen here.
        if (_suspects.Add(run.Name)) return false;
        _suspects.Remove(run.Name);
        if (_active.Remove(run.Name, out RunProgress? active)) progress.Leave(active);
        return !IsWorthAnother(run, element, step, lost);
    }

    /// <summary>Whether a run whose element is gone is resubmitted.</summary>
    private bool IsWorthAnother(SweepRun run, string element, int step, List<string> lost)
    {
        string path = folder.FolderOf(run.Name), log = $"{SlurmSubmissions.FolderName}/{element}.log";
        Attempt[] attempts = [.. Attempts.Read(path).Where(attempt => attempt.Job == element)];
        if (attempts.Length == 0 || attempts[^1].Happened == Attempts.Stopped)
        {
            string what = attempts.Length == 0
                ? $"left the queue before it began (cancelled, or see {log})"
                : "was cancelled";
            progress.Tell($"{run.Name}: its job {element} {what}; --resume resubmits it");
            return false;
        }
        (int Step, int Count) before = _losses.GetValueOrDefault(run.Name, (-1, 0));
        int count = step > before.Step ? 1 : before.Count + 1;
        _losses[run.Name] = (step, count);
        if (count < MostLosses)
        {
            progress.Tell(
                FormattableString.Invariant(
                    $"{run.Name}: its job {element} was killed at step {step}; resubmitted"));
            lost.Add(run.Name);
            return true;
        }
        new RunFailure(
            RunFailure.Other,
            FormattableString.Invariant($"its job was killed {MostLosses} times at step {step}: see {log}"),
            DateTimeOffset.UtcNow).Write(path);
        progress.End(
            Active(run), failed: true,
            FormattableString.Invariant($"its job was killed {MostLosses} times at step {step}: see {log}"));
        _active.Remove(run.Name);
        return false;
    }

    private RunProgress Active(SweepRun run)
    {
        if (!_active.TryGetValue(run.Name, out RunProgress? active))
        {
            bool resumed = File.Exists(
                Path.Combine(folder.FolderOf(run.Name), RunFolder.CheckpointName, "state.safetensors"));
            _active.Add(run.Name, active = progress.Begin(run.Name, run.Configuration.Training.Steps, resumed));
        }
        return active;
    }
}

/// <summary>How far a run is, from the end of its history, which another process writes.</summary>
internal static partial class HistoryTail
{
    private const int Bytes = 16 << 10;

    /// <summary>The last step there; 0 before the first.</summary>
    public static int StepOf(string runFolder)
    {
        string path = Path.Combine(runFolder, RunFolder.HistoryName);
        if (!File.Exists(path)) return 0;
        try
        {
            using FileStream file = new(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Seek(-Math.Min(Bytes, file.Length), SeekOrigin.End);
            byte[] tail = new byte[Bytes];
            int length = file.ReadAtLeast(tail, Bytes, throwOnEndOfStream: false);
            Match last = Step().Match(Encoding.UTF8.GetString(tail, 0, length));
            return last.Success && int.TryParse(last.Groups[1].Value, out int step) ? step : 0;
        }
        catch (IOException)
        {
            // Just being replaced; the next look finds it.
            return 0;
        }
    }

    [GeneratedRegex(@"""step"":(\d+),", RegexOptions.RightToLeft)]
    private static partial Regex Step();
}
