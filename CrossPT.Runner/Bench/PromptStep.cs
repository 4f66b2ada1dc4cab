using System.Diagnostics;
using System.Globalization;
using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Bench;

/// <summary>
/// One step of prompt tuning: a prompt before random sources, random targets, the prompt's gradient, AdamW.
/// </summary>
internal sealed class PromptStep : IDisposable
{
    // Numbers of the text vocabulary, as in a real batch: no padding, no end of sequence, no extra pieces.
    private const int FirstId = 2;
    private const int LastId = 32000;

    private readonly T5Model _model;
    private readonly int _targetLength;
    private readonly CounterRandom _random = new(seed: 1);
    private readonly Variable _prompt;
    private readonly AdamW _optimizer;

    public PromptStep(T5Model model, int promptLength, int targetLength)
    {
        (_model, _targetLength) = (model, targetLength);
        int width = model.Config.ModelWidth;
        float[] values = new float[promptLength * width];
        for (int i = 0; i < values.Length; i++) values[i] = _random.NextSingle() - 0.5f;
        _prompt = Variable.Parameter(TensorData.FromSingles(model.Backend, values, promptLength, width));
        _optimizer = new AdamW(
            [new ParameterGroup("prompt", [new NamedParameter("prompt", _prompt)], learningRate: 0.3)]);
    }

    /// <summary>One step on sources of these lengths.</summary>
    /// <param name="lengths">Source tokens of every example.</param>
    /// <param name="inParts">
    /// Whether forward and backward are timed, for which a device has to stand still between them; without, only the
    /// whole step is.
    /// </param>
    public StepTime Run(int[] lengths, bool inParts)
    {
        int promptLength = _prompt.Shape[0];
        SequenceOffsets sources = SequenceOffsets.FromLengths(
            Array.ConvertAll(lengths, length => promptLength + length));
        int[] ids = Ids(sources.Rows), rows = new int[sources.Rows];
        Array.Fill(rows, -1);
        for (int i = 0; i < sources.Count; i++)
        {
            for (int row = 0; row < promptLength; row++) rows[sources[i] + row] = row;
        }
        TargetBatch targets = TargetBatch.Create(_model.Config, [.. lengths.Select(_ => Ids(_targetLength))]);

        IBackend backend = _model.Backend;
        long start = Stopwatch.GetTimestamp();
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable states = _model.Encode(tape, _model.Embed(tape, ids, _prompt, rows), sources);
        Variable loss = _model.Loss(tape, targets, states, sources);
        if (inParts) backend.Synchronize();
        double forward = Milliseconds(start);
        tape.Backward(loss);
        if (inParts) backend.Synchronize();
        double backward = Milliseconds(start) - forward;
        _optimizer.Step();
        backend.Synchronize();
        return new StepTime(forward, backward, Milliseconds(start), sources.Rows);
    }

    public void Dispose()
    {
        _prompt.Dispose();
        _optimizer.Dispose();
    }

    private int[] Ids(int count)
    {
        int last = Math.Min(LastId, _model.Config.VocabularySize), first = Math.Min(FirstId, last - 1);
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = first + _random.NextInt32(last - first);
        return ids;
    }

    private static double Milliseconds(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;
}

/// <summary>Source lengths of real examples, one a line.</summary>
internal static class LengthsFile
{
    private const int LongestSource = 1 << 20;

    /// <summary>Batch i takes lines B·i … B·i + B − 1; a rest that fills no batch is left out.</summary>
    public static int[][] Read(string path, int batch)
    {
        using StreamReader reader = new(InputFile.Open(path));
        List<int> lengths = [];
        while (reader.ReadLine() is { } line)
        {
            if (!int.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length is < 1 or > LongestSource)
                throw new UserException(
                    $"{path}:{lengths.Count + 1}: found '{(line.Length > 40 ? line[..40] + "…" : line)}', expected a "
                        + $"length from 1 to {LongestSource}");
            lengths.Add(length);
        }
        if (lengths.Count < batch)
            throw new UserException($"{path}: has {lengths.Count} lines, expected at least {batch}, a batch");
        return [.. lengths.Take(lengths.Count / batch * batch).Chunk(batch)];
    }
}
