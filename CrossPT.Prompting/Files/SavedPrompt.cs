using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>
/// A soft prompt [P, H] as a file holds it: finite numbers in float32, whatever form they were saved in.
/// </summary>
public sealed class SavedPrompt
{
    private readonly float[] _rows;

    /// <summary>A prompt from its rows.</summary>
    /// <param name="name">Its name: the file's, or that of the prompt within the file.</param>
    /// <param name="rows">P·H numbers, row after row; taken over, not copied.</param>
    /// <param name="width">H.</param>
    /// <exception cref="ArgumentException">The numbers are not whole rows, there are none, or one is not
    /// finite.</exception>
    public SavedPrompt(string name, float[] rows, int width)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(rows);
        if (width < 1 || rows.Length == 0 || rows.Length % width != 0)
            throw new ArgumentException(
                $"SavedPrompt '{name}': {rows.Length} numbers, expected rows of {width}.", nameof(rows));
        if (Array.FindIndex(rows, static value => !float.IsFinite(value)) is >= 0 and int broken)
            throw new ArgumentException(
                $"SavedPrompt '{name}': {rows[broken]} in row {broken / width}, expected finite numbers.",
                nameof(rows));
        (Name, _rows, Width, Path) = (name, rows, width, name);
    }

    /// <summary>Its name: the file's without extension, or that of the prompt within the file.</summary>
    public string Name { get; }

    /// <summary>The file or folder it was read from; its name where it comes from none.</summary>
    public string Path { get; init; }

    /// <summary>Rows, P.</summary>
    public int Length => _rows.Length / Width;

    /// <summary>Width of a row, H.</summary>
    public int Width { get; }

    /// <summary>P·H numbers, row after row.</summary>
    public ReadOnlySpan<float> Rows => _rows;

    /// <summary>Type of the elements in the file.</summary>
    public DType StoredType { get; init; }

    /// <summary>The model it was tuned before, as the file names it; null where it does not.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Remarks on what reading left out or assumed.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// SHA-256 of the rows as little-endian float32, in hexadecimal: the same for the same prompt in whatever format.
    /// </summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Rows)));

    /// <summary>The rows, for a model of some width.</summary>
    /// <exception cref="TensorFileException">The prompt is of another width.</exception>
    public float[] RowsFor(int width) => width == Width
        ? (float[])_rows.Clone()
        : throw new TensorFileException(
            Path, $"the prompt [{Length}, {Width}] is {Width} wide, expected {width}, the width of the model");

    internal byte[] ToBytes() => MemoryMarshal.AsBytes(Rows).ToArray();
}

/// <summary>Reads soft prompts [P, H] from whatever they were saved as.</summary>
/// <remarks>
/// What is read:
/// <list type="bullet">
/// <item>a safetensors, PyTorch or NumPy file with one matrix in it;</item>
/// <item>the folder of a PEFT adapter, or the weights in it: prompt tuning, P-tuning (saved collapsed), multitask
/// prompt tuning (a prompt a task, 0 to K − 1). Rows for a decoder, which T5's prompt tuning does not read, are left
/// out;</item>
/// <item>a run folder, or its <c>prompts.safetensors</c>: <c>target.TASK</c>, <c>private.TASK</c>,
/// <c>source.NAME</c>;</item>
/// <item>the state of a CrossPT prompt encoder: an embedding, alone or before an MLP that is evaluated; OpenPrompt's
/// soft template, and its mixed one without the row that stands for tokens that are not soft;</item>
/// <item>a tensor [K, P, H]: K prompts, 0 to K − 1.</item>
/// </list>
/// A model's vocabulary beside a prompt is left out, with a note. A file with anything else beside a prompt is refused,
/// and so is a number that is not finite: neither is told from a mistake.
/// </remarks>
public static class PromptFile
{
    /// <summary>Reads one prompt.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="choice">Which one, of several: a task, or the full name. Null where there is one, or a run has one
    /// task.</param>
    /// <param name="activation">Activation of an encoder's MLP, where the file has one.</param>
    /// <exception cref="TensorFileException">There is no such prompt, there are several, or the file is
    /// broken.</exception>
    public static SavedPrompt Load(
        string path, string? choice = null, EncoderActivation activation = EncoderActivation.Relu)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using PromptContents contents = PromptContents.Open(path, activation);
        return contents.Read(contents.Choose(choice));
    }

    /// <summary>Reads every prompt of a file or folder: the tasks of an adapter or a run, or the only one.</summary>
    /// <inheritdoc cref="Load"/>
    public static IReadOnlyList<SavedPrompt> LoadAll(string path, EncoderActivation activation = EncoderActivation.Relu)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using PromptContents contents = PromptContents.Open(path, activation);
        return [.. contents.All().Select(contents.Read)];
    }

    /// <summary>Reads one prompt for a model.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="width">H, the width of the model it is for.</param>
    /// <returns>The rows end to end.</returns>
    /// <exception cref="TensorFileException">There is no prompt, there are several, or it is of another
    /// width.</exception>
    public static float[] Read(string path, int width) => Load(path).RowsFor(width);
}
