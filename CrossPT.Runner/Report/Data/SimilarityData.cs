using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Results;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Report.Data;

/// <summary>Cosines between the collapsed prompts of a setting, mean over its seeds: finished prompts of the tasks, source prompts, private prompts.</summary>
/// <param name="Names">Names of the prompts, as the file has them: <c>target.rte</c>.</param>
/// <param name="Cosines">[n, n]; null where two are of different sizes, or one is zero.</param>
internal sealed record SimilarityData(IReadOnlyList<string> Names, double?[,] Cosines)
{
    /// <summary>Prompts of one picture at most.</summary>
    public const int Most = 16;

    private static readonly string[] s_kinds = ["target.", "source.", "private.", "added."];

    /// <summary>Of a row; null where no run of it has two prompts.</summary>
    /// <exception cref="IOException">The prompts of a run cannot be read.</exception>
    public static SimilarityData? Of(ResultRow row)
    {
        List<(string[] Names, double?[,] Cosines)> runs = [];
        foreach (ResultRun run in row.Runs.Where(static run => run.IsFinished && File.Exists(run.PathOf(RunFolder.PromptsName))))
        {
            if (Read(run.PathOf(RunFolder.PromptsName)) is { } one) runs.Add(one);
        }
        if (runs.Count == 0) return null;
        string[] names = runs[0].Names;
        List<double?[,]> alike = [.. runs.Where(run => run.Names.SequenceEqual(names)).Select(static run => run.Cosines)];
        double?[,] mean = new double?[names.Length, names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            for (int j = 0; j < names.Length; j++)
            {
                if (alike.All(one => one[i, j] is not null)) mean[i, j] = alike.Average(one => one[i, j]!.Value);
            }
        }
        return new SimilarityData(names, mean);
    }

    private static (string[] Names, double?[,] Cosines)? Read(string path)
    {
        using ITensorSource source = TensorFiles.Open(path);
        TensorEntry[] prompts = [.. s_kinds.SelectMany(kind => source.Entries.Where(entry => entry.Name.StartsWith(kind, StringComparison.Ordinal) && entry.DType.IsFloatingPoint() && entry.Shape.Rank == 2)).Take(Most)];
        if (prompts.Length < 2) return null;
        return ([.. prompts.Select(static one => one.Name)], PromptSimilarity.Matrix([.. prompts.Select(entry => PromptSimilarity.Flatten(source.ReadSingles(entry.Name)))]));
    }
}
