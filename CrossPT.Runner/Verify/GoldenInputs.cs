using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Runner.Verify;

/// <summary>
/// The inputs in a golden file, checked against the model: what the reference was given, padding taken out.
/// </summary>
internal sealed class GoldenInputs
{
    private readonly ITensorSource _file;
    private readonly T5Config _config;

    public GoldenInputs(ITensorSource file, T5Config config)
    {
        (_file, _config) = (file, config);
        int[] ids = Matrix("input_ids", out int rows, out int columns);
        (BatchSize, SourceWidth) = (rows, columns);
        (Starts, Lengths) = ReadMask();
        Sources = new int[rows][];
        for (int b = 0; b < rows; b++)
        {
            Sources[b] = ids.AsSpan((b * columns) + Starts[b], Lengths[b]).ToArray();
            for (int i = 0; i < Sources[b].Length; i++) CheckId("input_ids", b, Starts[b] + i, Sources[b][i]);
        }
        Targets = ReadTargets();
        Prompt = ReadPrompt();
    }

    /// <summary>B.</summary>
    public int BatchSize { get; }

    /// <summary>T, padding included.</summary>
    public int SourceWidth { get; }

    /// <summary>First token of each source.</summary>
    public int[] Starts { get; }

    /// <summary>Tokens of each source.</summary>
    public int[] Lengths { get; }

    /// <summary>Ids of each source without padding.</summary>
    public int[][] Sources { get; }

    /// <summary>Decoder inputs and labels; null when the file has none.</summary>
    public TargetBatch? Targets { get; }

    /// <summary>Rows of the soft prompt [P, H]; null when the file has none.</summary>
    public float[]? Prompt { get; }

    /// <summary>P.</summary>
    public int PromptLength => Prompt is null ? 0 : Prompt.Length / _config.ModelWidth;

    private (int[] Starts, int[] Lengths) ReadMask()
    {
        int[] starts = new int[BatchSize], lengths = new int[BatchSize];
        if (!_file.TryGet("attention_mask", out _))
        {
            Array.Fill(lengths, SourceWidth);
            return (starts, lengths);
        }
        int[] mask = Matrix("attention_mask", out int rows, out int columns);
        if (rows != BatchSize || columns != SourceWidth)
            throw Fail("attention_mask", $"is [{rows}, {columns}]", $"[{BatchSize}, {SourceWidth}] as input_ids");
        for (int b = 0; b < BatchSize; b++)
        {
            ReadOnlySpan<int> row = mask.AsSpan(b * columns, columns);
            int first = row.IndexOfAnyExcept(0), last = row.LastIndexOfAnyExcept(0);
            if (first < 0) throw Fail("attention_mask", $"row {b} masks every token", "at least one that is not");
            if (row[first..(last + 1)].Contains(0))
                throw Fail("attention_mask", $"row {b} masks tokens between others", "padding at an end");
            (starts[b], lengths[b]) = (first, last + 1 - first);
        }
        return (starts, lengths);
    }

    private TargetBatch? ReadTargets()
    {
        if (!_file.TryGet("labels", out _)) return null;
        int[] labels = Matrix("labels", out int rows, out int columns);
        if (rows != BatchSize) throw Fail("labels", $"has {rows} rows", $"{BatchSize} as input_ids");
        int[] inputs = Matrix("decoder_input_ids", out int inputRows, out int inputColumns);
        if (inputRows != rows || inputColumns != columns)
            throw Fail("decoder_input_ids", $"is [{inputRows}, {inputColumns}]", $"[{rows}, {columns}] as labels");
        for (int i = 0; i < labels.Length; i++)
        {
            CheckId("decoder_input_ids", i / columns, i % columns, inputs[i]);
            if (labels[i] != TargetBatch.Ignored) CheckId("labels", i / columns, i % columns, labels[i]);
        }
        if (!labels.AsSpan().ContainsAnyExcept(TargetBatch.Ignored))
            throw Fail("labels", $"has {TargetBatch.Ignored} everywhere", "a label that is not ignored");
        return TargetBatch.Create([.. inputs.Chunk(columns)], [.. labels.Chunk(columns)]);
    }

    private float[]? ReadPrompt()
    {
        if (!_file.TryGet("soft_prompt", out TensorEntry? entry)) return null;
        if (entry.Shape.Rank != 2 || entry.Shape[0] < 1 || entry.Shape[1] != _config.ModelWidth)
            throw Fail("soft_prompt", $"is {entry.Shape}", $"[P, {_config.ModelWidth}]");
        // Positions count padding: text after padding after a prompt would not be where it is without that padding.
        if (Starts.AsSpan().ContainsAnyExcept(0))
            throw Fail("attention_mask", "pads before the text", "padding after it, since the file has a soft_prompt");
        return _file.ReadSingles("soft_prompt");
    }

    private int[] Matrix(string name, out int rows, out int columns)
    {
        TensorEntry entry = _file.Get(name);
        if (entry.Shape.Rank != 2 || entry.Shape.Length == 0)
            throw Fail(name, $"is {entry.Shape}", "a matrix that is not empty");
        (rows, columns) = (entry.Shape[0], entry.Shape[1]);
        return _file.ReadInt32(name);
    }

    private void CheckId(string name, int row, int column, int id)
    {
        if ((uint)id >= (uint)_config.VocabularySize)
            throw Fail(
                $"{name}[{row}, {column}]", $"is {id}", $"0 to {_config.VocabularySize - 1}, the model's vocabulary");
    }

    private UserException Fail(string place, string found, string expected) =>
        new($"{_file.Path}: {place} {found}, expected {expected}");
}
