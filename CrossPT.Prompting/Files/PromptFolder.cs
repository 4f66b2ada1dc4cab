using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>One find in a folder: the prompts at a path, or why it has none.</summary>
/// <param name="Path">The file, or the folder of an adapter or a run.</param>
/// <param name="Prompts">Its prompts; empty where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
public sealed record PromptFind(string Path, IReadOnlyList<SavedPrompt> Prompts, string? Problem);

/// <summary>Looks for prompts in a folder and below it.</summary>
public static class PromptFolder
{
    private static readonly string[] s_extensions = [".safetensors", ".pt", ".pth", ".bin", ".npy"];

    /// <summary>
    /// Every file of a kind that may hold a prompt, and every folder of a PEFT adapter or a run, in the order of their
    /// paths; read one by one. Links to folders are not followed. Checkpoints and models are left out.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IEnumerable<PromptFind> Find(string folder, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"{folder}: {(File.Exists(folder) ? "is a file" : "no such folder")}, expected a folder.");
        return Walk(folder, cancellation);
    }

    private static IEnumerable<PromptFind> Walk(string folder, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        bool isAdapter = File.Exists(Path.Combine(folder, PeftAdapter.ConfigName));
        bool isRun = !isAdapter && File.Exists(Path.Combine(folder, RunFolder.PromptsName));
        if (isAdapter || isRun) yield return Read(folder);
        string[] entries;
        string? problem = null;
        try
        {
            entries = Directory.GetFileSystemEntries(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            (entries, problem) = ([], error.Message);
        }
        if (problem is not null) yield return new PromptFind(folder, [], problem);
        Array.Sort(entries, StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            string name = Path.GetFileName(entry);
            if (Directory.Exists(entry))
            {
                if (new DirectoryInfo(entry).LinkTarget is not null) continue;
                foreach (PromptFind find in Walk(entry, cancellation)) yield return find;
            }
            else if (s_extensions.Contains(Path.GetExtension(name).ToLowerInvariant()) && !IsPart(name))
            {
                PromptFind find = Read(entry);
                if (find.Problem is null || !HoldsOther(entry)) yield return find;
            }
        }

        bool IsPart(string name) =>
            (isAdapter && name is (PeftAdapter.WeightsName or PeftAdapter.PickledName))
                || (isRun && name == RunFolder.PromptsName);
    }

    /// <summary>Whether a whole file is a checkpoint of a run or a T5, which nobody takes for a prompt.</summary>
    private static bool HoldsOther(string path)
    {
        try
        {
            using ITensorSource source = TensorFiles.Open(path);
            return source.TryGet("encoder.block.0.layer.0.SelfAttention.q.weight", out _)
                || (source as SafetensorsFile)?.Metadata.GetValueOrDefault("format") == CheckpointFile.Format;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static PromptFind Read(string path)
    {
        try
        {
            return new PromptFind(path, PromptFile.LoadAll(path), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new PromptFind(path, [], error.Message);
        }
    }
}
