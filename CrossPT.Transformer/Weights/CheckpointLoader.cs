using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>Reads a checkpoint into the model's weights, several rows at a time on all processors.</summary>
internal static class CheckpointLoader
{
    /// <summary>Bytes read at a time: few enough that no second copy of the model builds up, many enough that the reads cost nothing.</summary>
    private const int ChunkBytes = 2 << 20;

    /// <summary>Problems that one error names.</summary>
    private const int MaxShown = 100;

    /// <summary>
    /// Refuses a configuration that asks for far more than the file holds, before memory is taken for it.
    /// </summary>
    public static void CheckSize(T5Config config, ITensorSource source)
    {
        int blocks = config.EncoderLayers + config.DecoderLayers;
        if (blocks > Math.Max(MaxShown, source.Entries.Count))
            throw new T5FormatException(source.Path, $"holds {source.Entries.Count} tensors, and the configuration asks for {blocks} blocks");
        double held = source.Entries.Sum(static entry => (double)entry.Shape.Length), wanted = Numbers(config, multiple: 1);
        // Packing fills outputs up to whole panels: of narrow matrices that is many times what they hold.
        if (wanted > (2 * held) + 1e6 || Numbers(config, multiple: 32) > (16 * held) + 8e6)
            throw new T5FormatException(source.Path, $"holds {held:N0} numbers, and the configuration asks for {wanted:N0}");
    }

    /// <summary>Numbers of a model whose matrices have their outputs rounded up to some multiple; in double, for they may exceed any integer.</summary>
    public static double Numbers(T5Config config, int multiple)
    {
        double h = config.ModelWidth, width = config.AttentionWidth, f = config.FeedForwardWidth, v = config.VocabularySize;
        double feed = ((config.IsGated ? 2 : 1) * Up(f) * h) + (Up(h) * f), heads = config.Heads * Up(config.HeadWidth) * h;
        double self = (Up(3 * width) * h) + (Up(h) * width), cross = (Up(width) * h) + (2 * heads) + (Up(h) * width);
        return ((config.TieWordEmbeddings ? 1 : 2) * Up(v) * h) + (2.0 * config.RelativeBuckets * config.Heads) + (2 * h)
            + (config.EncoderLayers * (self + feed + (2 * h))) + (config.DecoderLayers * (self + cross + feed + (3 * h)));

        double Up(double outputs) => Math.Ceiling(outputs / multiple) * multiple;
    }

    public static void Load(
        CheckpointTensors tensors, IReadOnlyList<WeightPart> parts, IBackend backend, IProgress<WorkProgress>? progress)
    {
        ITensorSource source = tensors.Source;
        List<(WeightPart Part, TensorEntry Entry)> found = Match(tensors, parts);
        List<(WeightPart Part, TensorEntry Entry, int Row, int Count)> chunks = [];
        foreach ((WeightPart part, TensorEntry entry) in found)
        {
            int rowBytes = part.Columns * entry.DType.ByteSize();
            // Whole groups of 32 rows, so that no two threads write into one panel.
            int perChunk = Math.Max(32, ChunkBytes / Math.Max(1, rowBytes) / 32 * 32);
            for (int row = 0; row < part.Rows; row += perChunk) chunks.Add((part, entry, row, Math.Min(perChunk, part.Rows - row)));
        }
        long total = found.Sum(static one => one.Part.Rows * (long)one.Part.Columns * one.Entry.DType.ByteSize()), done = 0;
        try
        {
            Parallel.ForEach(
                System.Collections.Concurrent.Partitioner.Create(chunks, loadBalance: true),
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                static () => Array.Empty<byte>(),
                (chunk, _, buffer) =>
                {
                    int rowBytes = chunk.Part.Columns * chunk.Entry.DType.ByteSize(), length = chunk.Count * rowBytes;
                    if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<byte>(length);
                    source.Read(chunk.Entry, (long)chunk.Row * rowBytes, buffer.AsSpan(0, length));
                    chunk.Part.Write(buffer.AsSpan(0, length), chunk.Entry.DType, chunk.Row, backend);
                    progress?.Report(new WorkProgress("loading the model", Interlocked.Add(ref done, length), total, "B"));
                    return buffer;
                },
                static _ => { });
        }
        catch (AggregateException errors)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    /// <summary>The stored tensor of every part.</summary>
    private static List<(WeightPart, TensorEntry)> Match(CheckpointTensors tensors, IReadOnlyList<WeightPart> parts)
    {
        List<(WeightPart, TensorEntry)> found = [];
        List<string> problems = [];
        foreach (WeightPart part in parts)
        {
            TensorEntry? entry = tensors.Take(part.Name);
            if (entry is null) problems.Add($"{part.Name} {part.Shape} is missing");
            else if (entry.Shape != part.Shape)
                problems.Add($"{CheckpointTensors.Shown(entry.Name)} is {entry.Shape}, expected {part.Shape}");
            else if (!entry.DType.IsFloatingPoint())
            {
                string name = CheckpointTensors.Shown(entry.Name);
                problems.Add($"{name} holds {entry.DType}, expected floating-point numbers");
            }
            else found.Add((part, entry));
        }
        problems.AddRange(tensors.LeftOver());
        if (problems.Count > 0)
        {
            // A wrong number of blocks alone gives thousands: the first ones tell it.
            string more = problems.Count > MaxShown ? $"; and {problems.Count - MaxShown} more" : "";
            string places = problems.Count == 1 ? "1 place" : $"{problems.Count} places";
            string shown = string.Join("; ", problems.Take(MaxShown));
            throw new T5FormatException(
                tensors.Source.Path, $"does not fit the configuration in {places}: {shown}{more}");
        }
        return found;
    }
}
