using CrossPT.Prompting.Files;
using CrossPT.Tensors.Files;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Prompts;

/// <summary>A source prompt [P, H]: shared by all tasks, trained beforehand on one task, and frozen here.</summary>
public sealed class SourcePrompt
{
    /// <summary>
    /// Name of the source prompt of zeros beside which a router can take less than a whole source.
    /// </summary>
    public const string NullName = "none";

    private readonly float[] _rows;

    /// <summary>A prompt from its rows.</summary>
    /// <param name="name">Its name in the router's columns, reports and files.</param>
    /// <param name="rows">P·H numbers, row after row; taken over, not copied.</param>
    /// <param name="width">H.</param>
    /// <exception cref="ArgumentException">The numbers are not whole rows, or there are none.</exception>
    public SourcePrompt(string name, float[] rows, int width)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(rows);
        if (width < 1 || rows.Length == 0 || rows.Length % width != 0)
        {
            throw new ArgumentException(
                $"SourcePrompt '{name}': {rows.Length} numbers, expected rows of {width}.", nameof(rows));
        }
        Name = name;
        Width = width;
        _rows = rows;
        // In float64: a hundred thousand squares of size 1000 leave no digits of float32.
        RootMeanSquare = Math.Sqrt(rows.Sum(static x => (double)x * x) / rows.Length);
    }

    /// <summary>Its name in the router's columns, reports and files.</summary>
    public string Name { get; }

    /// <summary>Rows, P.</summary>
    public int Length => _rows.Length / Width;

    /// <summary>Width of a row, H.</summary>
    public int Width { get; }

    /// <summary>Root of the mean of the squares of all elements.</summary>
    public double RootMeanSquare { get; }

    /// <summary>P·H numbers, row after row.</summary>
    public ReadOnlySpan<float> Rows => _rows;

    /// <summary>Reads a prompt from a safetensors, PyTorch or NumPy file, or the folder of a PEFT adapter.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="width">H, the width of the model it is for.</param>
    /// <param name="name">Its name; null takes the file's, without the extension.</param>
    /// <exception cref="TensorFileException">There is no prompt, or it is of another width.</exception>
    public static SourcePrompt Load(string path, int width, string? name = null)
        => new(name ?? NameOf(path), PromptFile.Read(path, width), width);

    /// <summary>Writes it as a safetensors file with the one tensor <c>prompt</c> [P, H].</summary>
    public void Save(string path)
    {
        byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(Rows).ToArray();
        new SafetensorsWriter(new Dictionary<string, string> { ["format"] = "crosspt", ["name"] = Name })
            .Add("prompt", DType.Float32, new Shape(Length, Width), bytes).Save(path);
    }

    /// <summary>The name a file gives its prompt: its own, without the extension.</summary>
    public static string NameOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string trimmed = Path.TrimEndingDirectorySeparator(path);
        // A folder's name has no extension, whatever dots are in it.
        string name = Directory.Exists(trimmed) ? Path.GetFileName(trimmed) : Path.GetFileNameWithoutExtension(trimmed);
        return name.Length > 0 ? name : "source";
    }

    /// <summary>The first rows alone.</summary>
    /// <exception cref="ArgumentException">It has fewer.</exception>
    public SourcePrompt Take(int length)
    {
        if (length < 1 || length > Length)
        {
            throw new ArgumentException(
                $"The source prompt '{Name}' has {Length} rows, expected at least {length}.", nameof(length));
        }
        return length == Length ? this : new SourcePrompt(Name, _rows[..(length * Width)], Width);
    }

    /// <summary>The prompt with its root mean square set to a value; one of zeros stays as it is.</summary>
    public SourcePrompt WithRootMeanSquare(double value)
    {
        if (RootMeanSquare == 0 || RootMeanSquare == value) return this;
        double factor = value / RootMeanSquare;
        return new SourcePrompt(Name, Array.ConvertAll(_rows, x => (float)(x * factor)), Width);
    }
}

/// <summary>
/// What the root mean square of each source prompt is set to. Real prompts differ several times in size, and a plain
/// average of them is mostly the largest; at one size their weights mean what they say.
/// </summary>
public enum SourceScale
{
    /// <summary>The mean over the source prompts: as large as they were trained, on average.</summary>
    Mean,

    /// <summary>That of the model's vocabulary embeddings: a prompt as loud as text.</summary>
    Vocabulary,

    /// <summary>Left as it is.</summary>
    None,
}

/// <summary>Sets source prompts to one size.</summary>
public static class SourceScaling
{
    /// <summary>The prompts at the size that <paramref name="scale"/> asks for.</summary>
    /// <param name="sources">The prompts.</param>
    /// <param name="scale">The size.</param>
    /// <param name="vocabularyRootMeanSquare">Asked for with <see cref="SourceScale.Vocabulary"/> only.</param>
    public static SourcePrompt[] Apply(
        IReadOnlyList<SourcePrompt> sources, SourceScale scale, Func<double> vocabularyRootMeanSquare)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(vocabularyRootMeanSquare);
        if (scale == SourceScale.None || sources.Count == 0) return [.. sources];
        double size = scale == SourceScale.Vocabulary
            ? vocabularyRootMeanSquare()
            : sources.Where(static source => !IsNull(source))
                .Average(static source => source.RootMeanSquare);
        return [.. sources.Select(source => source.WithRootMeanSquare(size))];
    }

    /// <summary>Whether it stands for no source: it has no size to count.</summary>
    private static bool IsNull(SourcePrompt source) =>
        source.Name == SourcePrompt.NullName && source.RootMeanSquare == 0;
}
