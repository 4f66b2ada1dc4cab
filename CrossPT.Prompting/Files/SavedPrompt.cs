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
