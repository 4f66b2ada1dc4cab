using System.Text.Json;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>The prompts that a file or folder holds, each read when asked for.</summary>
internal sealed class PromptContents : IDisposable
{
    private readonly string _path;
    private readonly ITensorSource _source;
    private readonly string? _baseModel;
    private readonly PromptFileForm _form;

    private PromptContents(
        string path, ITensorSource source, PeftConfig? adapter, EncoderActivation activation, string? baseModel)
    {
        (_path, _source) = (path, source);
        _form = adapter is null ? PromptFileForm.Find(source, activation) : PeftAdapter.Find(source, adapter);
        _baseModel = adapter?.BaseModel
            ?? baseModel ?? ((source as SafetensorsFile)?.Metadata.GetValueOrDefault(PromptExport.BaseModelKey));
    }

    /// <summary>Opens a file, the folder of an adapter or a run folder.</summary>
    /// <exception cref="TensorFileException">There is no prompt.</exception>
    public static PromptContents Open(string path, EncoderActivation activation)
    {
        string file = path;
        string? baseModel = null;
        PeftConfig? adapter = null;
        if (PeftAdapter.FolderOf(path) is { } folder)
        {
            adapter = PeftConfig.Load(Path.Combine(folder, PeftAdapter.ConfigName));
            file = PeftAdapter.WeightsOf(folder);
        }
        else if (Directory.Exists(path))
        {
            file = Path.Combine(path, RunFolder.PromptsName);
            if (!File.Exists(file))
            {
                throw new TensorFileException(
                    path,
                    $"is a folder without {PeftAdapter.ConfigName} and {RunFolder.PromptsName}, expected the folder "
                        + $"of a PEFT adapter or of a run");
            }
            baseModel = RunModelName.Read(Path.Combine(path, RunFolder.ConfigName));
        }
        ITensorSource source = TensorFiles.Open(file);
        try
        {
            // An adapter's weights under another name are still its weights.
            bool mayBeAdapter = adapter is null && source.TryGet(PeftAdapter.Prompt, out _);
            if (mayBeAdapter && PeftAdapter.ConfigFolderOf(file) is { } beside)
                adapter = PeftConfig.Load(Path.Combine(beside, PeftAdapter.ConfigName));
            return new PromptContents(path, source, adapter, activation, baseModel);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The prompt of a name, or the one there is.</summary>
    /// <exception cref="TensorFileException">There is none of that name, or there are several and none is
    /// named.</exception>
    public PromptCandidate Choose(string? name)
    {
        if (name is null)
            return _form.Default
                ?? throw new TensorFileException(
                    _path, $"{_form.Contents}, expected one prompt [P, H] or the name of one of several");
        foreach (string full in new[] { name, PromptFileForm.Target + name })
        {
            if (_form.Candidates.FirstOrDefault(candidate => candidate.Name == full) is { } found) return found;
        }
        string there = _form.Candidates.Count == 0
            ? "none"
            : PromptNames.List([.. _form.Candidates.Select(static candidate => candidate.Name)]);
        throw new TensorFileException(
            _path, $"has no prompt '{PromptNames.Show(name)}', expected one of those it has: {there}");
    }

    /// <summary>All of a run or an adapter; of any other file the only one.</summary>
    public IReadOnlyList<PromptCandidate> All() => _form.AreAllPrompts ? _form.Candidates : [Choose(null)];

    /// <summary>Reads a prompt and checks its numbers.</summary>
    /// <exception cref="TensorFileException">A number is not finite.</exception>
    public SavedPrompt Read(PromptCandidate candidate)
    {
        float[] rows = candidate.Read();
        if (Array.FindIndex(rows, static value => !float.IsFinite(value)) is >= 0 and int broken)
        {
            string name = PromptNames.Show(candidate.Name);
            (int row, int column) = Math.DivRem(broken, candidate.Width);
            throw new TensorFileException(
                _path,
                $"the prompt {name} holds {rows[broken]} in row {row}, column {column}, expected finite numbers");
        }
        return new SavedPrompt(
            _form.Candidates.Count == 1 ? SourcePrompt.NameOf(_path) : candidate.Name, rows, candidate.Width)
        {
            Path = _path,
            StoredType = candidate.Type,
            BaseModel = _baseModel,
            Notes = candidate.Type == DType.Float64
                ? [.. candidate.Notes, "its numbers are rounded from Float64 to Float32"]
                : candidate.Notes,
        };
    }

    public void Dispose() => _source.Dispose();
}

/// <summary>A prompt that a file holds, not yet read.</summary>
/// <param name="Name">Its name within the file.</param>
/// <param name="Width">H.</param>
/// <param name="Type">Type of the elements in the file.</param>
/// <param name="Read">Reads the P·H numbers.</param>
internal sealed record PromptCandidate(string Name, int Width, DType Type, Func<float[]> Read)
{
    /// <summary>Remarks on what reading leaves out or assumes.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A matrix as it stands.</summary>
    /// <exception cref="TensorFileException">It is no matrix of numbers, or has no element.</exception>
    public static PromptCandidate Of(ITensorSource source, TensorEntry entry)
    {
        Require(source, entry, rank: 2);
        return new PromptCandidate(entry.Name, entry.Shape[1], entry.DType, () => source.ReadSingles(entry.Name));
    }

    /// <summary>Refuses what is no tensor of floating-point numbers of a rank.</summary>
    public static void Require(ITensorSource source, TensorEntry entry, int rank)
    {
        if (entry.Shape.Rank == rank && entry.Shape.Length > 0 && entry.DType.IsFloatingPoint()) return;
        string expected = rank switch { 1 => "a vector", 2 => "a prompt [P, H]", _ => $"{rank} sizes" };
        throw new TensorFileException(
            source.Path, $"holds {PromptNames.Show(entry)}, expected {expected} of floating-point numbers");
    }
}

/// <summary>Names out of a file, fit for a message: they may be anything, and any number.</summary>
internal static class PromptNames
{
    private const int Longest = 80, MostShown = 8;

    public static string Show(string name) => name.Length <= Longest ? name : $"{name[..Longest]}…";

    public static string Show(TensorEntry entry) => $"{Show(entry.Name)} {entry.DType} {entry.Shape}";

    /// <summary>The first few of a list, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> names) => List(names.Select(Show), names.Count);

    /// <summary>The same of tensors with their shapes.</summary>
    public static string List(IReadOnlyCollection<TensorEntry> entries) =>
        List(entries.Select(static entry => $"{Show(entry.Name)} {entry.Shape}"), entries.Count);

    private static string List(IEnumerable<string> shown, int count) =>
        string.Join(", ", shown.Take(MostShown)) + (count > MostShown ? $" and {count - MostShown} more" : "");
}

/// <summary>A run's model out of its <c>config.json</c>: all that a prompt of the run takes with it.</summary>
internal static class RunModelName
{
    private const int LargestFile = 1 << 24;

    /// <summary>
    /// The hub's name where the weights are known to be its model's, else the path; null where the record has neither:
    /// a folder of prompts without a record of the run is still one of prompts.
    /// </summary>
    public static string? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > LargestFile) return null;
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("model", out JsonElement model)
                || model.ValueKind != JsonValueKind.Object)
                return null;
            return Text(model, "path") is { Length: > 0 } folder
                ? HubName(folder, Text(model, "sha256")) ?? folder
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException
            or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // The hub's cache names a file of weights by the SHA-256 that the hub gives for it.
    private static string? HubName(string folder, string? sha256)
    {
        try
        {
            bool isHubs = sha256 is not null && ModelIdentity.LinkedHashOf(folder) == sha256;
            return isHubs ? ModelIdentity.NameOf(folder).Name : null;
        }
        catch (Exception error) when (error is TensorFileException or IOException or UnauthorizedAccessException)
        {
            // The model is gone, or something else stands in its place.
            return null;
        }
    }

    private static string? Text(JsonElement model, string key) =>
        model.TryGetProperty(key, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
}
