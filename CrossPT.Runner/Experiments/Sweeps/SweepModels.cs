using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// One model for all the runs of a sweep, however long it takes: what a name on the hub led to at first, and the
/// weights that the first run had.
/// </summary>
internal static class SweepModels
{
    /// <summary>
    /// The runs of a grid with their models' commits, where the sweep was begun with a snapshot of that repository:
    /// <c>main</c> may lead elsewhere by now, and half a sweep with another model is none. A revision that a
    /// configuration names stays what it says.
    /// </summary>
    /// <param name="context">Told where a name leads elsewhere now.</param>
    /// <param name="runs">The runs as the grid has them.</param>
    /// <param name="before">Those that the sweep was begun with.</param>
    public static IReadOnlyList<SweepRun> Keep(
        CommandContext context, IReadOnlyList<SweepRun> runs, IReadOnlyList<SweepRun> before)
    {
        ILookup<string, Snapshot> snapshots = before.Select(Snapshot.Of).OfType<Snapshot>()
            .ToLookup(static one => one.Repository);
        HashSet<string> moved = [];
        return [.. runs.Select(Keep)];

        SweepRun Keep(SweepRun run)
        {
            RunConfiguration configuration = run.Configuration;
            if (Path.Exists(configuration.Model) || !HubName.TryParse(configuration.ModelText ?? "", out HubName? name)
                || name.Revision != HubName.MainRevision) return run;
            Snapshot[] known = [.. name.Names.SelectMany(repository => snapshots[repository])];
            // The run's own; of a run that the grid has more now, the one that all the others have.
            Snapshot[] kept =
            [
                .. (known.Any(one => one.Run == run.Name) ? known.Where(one => one.Run == run.Name) : known)
                    .DistinctBy(static one => one.Commit),
            ];
            if (kept is not [var snapshot]) return run;
            if (ModelFolder.FindCommit(context, name) is { } now && now != snapshot.Commit
                && moved.Add(name.Repository))
                context.Note(
                    $"{name}: the sweep continues with the commit {snapshot.Commit}, with which it began; "
                        + $"{name.Revision} is {now} now");
            return run with
            {
                Configuration = configuration with { ModelText = $"{snapshot.Repository}@{snapshot.Commit}" },
            };
        }
    }

    /// <summary>Refuses weights that are not those of the runs that were begun before with the same folder.</summary>
    /// <exception cref="ConfigurationException">They differ.</exception>
    public static void Check(SweepFolder folder, ModelIdentity model)
    {
        if (folder.FindRecord(record => record.Model.Path == model.Path) is not { } first
            || first.Model.Sha256 == model.Sha256) return;
        throw new ConfigurationException(model.Path,
            $"the weights have the SHA-256 {model.Sha256}, and had {first.Model.Sha256} when the run "
                + $"{first.Configuration.Name} of this sweep was begun; expected one model for all of them, or "
                + $"another --out");
    }

    /// <summary>A commit in the cache that a run of the sweep has its model from.</summary>
    private sealed record Snapshot(string Run, string Repository, string Commit)
    {
        public static Snapshot? Of(SweepRun run) =>
            ModelIdentity.NameOf(Path.GetFullPath(run.Configuration.Model)) is (var repository, { } commit)
                ? new Snapshot(run.Name, repository, commit)
                : null;
    }
}
