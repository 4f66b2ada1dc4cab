using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// Source prompts added to a trained run and removed from it, without training: a column of the router in or out. What
/// is added and removed again leaves every prediction as it was, to the last bit.
/// </summary>
public static class RunSources
{
    private const string SourcePrefix = "source.", Logits = "router.logits";

    /// <summary>
    /// Adds a source prompt; its first rows, at the size of the run's other source prompts where they were brought to
    /// one.
    /// </summary>
    /// <param name="run">The run; its files are changed, the loaded run is not.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="logit">The logit its column starts from; null for each task's own smallest.</param>
    /// <returns>The logits of the new column by task.</returns>
    /// <exception cref="ConfigurationException">The run has no router of tasks, a source prompt of that name, or the
    /// prompt does not fit.</exception>
    /// <remarks>
    /// With weights by softmax a logit of 0 would take 1 / (S + 1) of a router of zeros at once; the smallest logit
    /// takes as much as the source prompt a task thought least of.
    /// </remarks>
    public static IReadOnlyList<double> Add(TrainedRun run, SourcePrompt prompt, double? logit = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(prompt);
        using TensorScope scope = new();
        (string[] names, Dictionary<string, Tensor> parts) = Read(run);
        IBackend backend = run.Model.Backend;
        if (names.Contains(prompt.Name))
            throw new ConfigurationException(
                run.FolderPath, $"has a source prompt '{prompt.Name}' already, expected another name");
        // Evaluation without a part knows these two by what they stand for.
        if (prompt.Name is RouterTable.PrivateColumn or PromptsFile.Sources)
            throw new ConfigurationException(
                run.FolderPath,
                $"a source prompt '{prompt.Name}' cannot be told from a part that every run has, expected another "
                    + $"name");
        Tensor first = parts[SourcePrefix + names[0]];
        if (prompt.Width != first.Columns || prompt.Length < first.Rows)
        {
            throw new ConfigurationException(
                run.FolderPath,
                $"has source prompts [{first.Rows}, {first.Columns}], and '{prompt.Name}' is [{prompt.Length}, "
                    + $"{prompt.Width}], expected that width and at least as many rows");
        }
        SourcePrompt cut = prompt.Take(first.Rows);
        if (run.Record.Configuration.Prompt.Sources.Scale != SourceScale.None)
            cut = cut.WithRootMeanSquare(new SourcePrompt(names[0], first.ToSingles(), first.Columns).RootMeanSquare);
        double[][] logits = [.. parts[Logits].ToDoubles().Chunk(parts[Logits].Columns)];
        int[] own = [.. Enumerable.Range(0, names.Length).Where(place => !IsNull(names[place], parts))];
        double[] column = Array.ConvertAll(logits, row => logit ?? own.Min(place => row[place]));
        parts[SourcePrefix + prompt.Name] = TensorData.FromSingles(backend, cut.Rows, cut.Length, cut.Width);
        parts[Logits] = ToTensor(
            backend,
            [
                .. logits.Select(
                    (row, task) => (double[])[.. row[..names.Length], column[task], .. row[names.Length..]])]);
        Write(run, [.. names, prompt.Name], parts);
        return column;
    }

    /// <summary>
    /// Removes a source prompt; with weights by softmax or sum, the others share its weight in proportion.
    /// </summary>
    /// <returns>The source prompts that are left.</returns>
    /// <exception cref="ConfigurationException">The run has no router of tasks, no such source prompt, or no other; its
    /// null column is none.</exception>
    public static IReadOnlyList<string> Remove(TrainedRun run, string name)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentException.ThrowIfNullOrEmpty(name);
        using TensorScope scope = new();
        (string[] names, Dictionary<string, Tensor> parts) = Read(run);
        int place = Array.IndexOf(names, name);
        string[] others = [.. names.Where(one => one != name && !IsNull(one, parts))];
        if (place < 0 || IsNull(name, parts))
            throw new ConfigurationException(
                run.FolderPath, $"has no source prompt '{name}', only {string.Join(", ", others)}");
        if (others.Length == 0)
            throw new ConfigurationException(
                run.FolderPath, $"has no source prompt but '{name}', expected one to be left");
        parts.Remove(SourcePrefix + name);
        parts[Logits] = ToTensor(
            run.Model.Backend,
            [.. parts[Logits].ToDoubles().Chunk(parts[Logits].Columns)
                .Select(row => (double[])[.. row[..place], .. row[(place + 1)..]])]);
        Write(run, [.. names[..place], .. names[(place + 1)..]], parts);
        return others;
    }

    /// <summary>Whether a column is the null column that trials add.</summary>
    private static bool IsNull(string name, Dictionary<string, Tensor> parts) =>
        name == SourcePrompt.NullName && Array.TrueForAll(parts[SourcePrefix + name].ToSingles(), static x => x == 0);

    private static (string[] Sources, Dictionary<string, Tensor> Parts) Read(TrainedRun run)
    {
        if (run.Record.Configuration.Router.Kind != RouterKind.Task || run.Record.Configuration.TrainsModel)
        {
            throw new ConfigurationException(
                run.FolderPath,
                $"is a run of the method {run.Record.Configuration.Method.Name}, expected one whose router has a "
                    + $"column for each source prompt");
        }
        (IReadOnlyList<string> sources, Dictionary<string, Tensor> parts) = PromptsFile.ReadParts(
            run.PromptsPath, run.Model.Backend);
        return ([.. sources], parts);
    }

    private static void Write(TrainedRun run, string[] sources, Dictionary<string, Tensor> parts)
    {
        RunConfiguration configuration = run.Record.Configuration;
        if (configuration is { Prompt.Composition: CompositionKind.Concatenation, Router.TopK: 0 })
            throw new ConfigurationException(
                run.FolderPath,
                "has target prompts of its source prompts end to end, which would have another length; expected "
                    + "another composition, or a router.topK");
        using PromptMethod graph = run.Compose(sources, parts);
        RunFolder folder = RunFolder.Open(run.FolderPath);
        PromptsFile.Write(run.PromptsPath, graph, run.Model.Backend);
        folder.WriteJson(RunFolder.RouterName, json => graph.Router!.Write(json));
    }

    // Logits are float32 in files; through float64 and back they stay what they are.
    private static Tensor ToTensor(IBackend backend, double[][] rows) =>
        TensorData.FromSingles(
            backend, [.. rows.SelectMany(static row => row).Select(static x => (float)x)], rows.Length, rows[0].Length);
}
