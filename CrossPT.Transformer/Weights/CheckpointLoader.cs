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

    // The shared embedding is stored under up to four names, of which safetensors keeps one.
    private static readonly string[] s_embeddingNames = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];

    // Hugging Face's T5 ignores this name in old checkpoints.
    private const string Unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

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

    public static void Load(ITensorSource source, IReadOnlyList<WeightPart> parts, IBackend backend, IProgress<WorkProgress>? progress)
    {
        List<(WeightPart Part, TensorEntry Entry)> found = Match(source, parts);
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
    private static List<(WeightPart, TensorEntry)> Match(ITensorSource source, IReadOnlyList<WeightPart> parts)
    {
        List<(WeightPart, TensorEntry)> found = [];
        List<string> problems = [];
        HashSet<string> used = [Unused];
        bool tied = parts.All(static part => part.Name != "lm_head.weight");
        foreach (WeightPart part in parts)
        {
            TensorEntry? entry = null;
            if (part.Name == "shared.weight")
            {
                foreach (string name in s_embeddingNames)
                {
                    if (name == "lm_head.weight" && !tied) continue;
                    used.Add(name);
                    if (entry is null && source.TryGet(name, out TensorEntry? candidate)) entry = candidate;
                }
            }
            else
            {
                source.TryGet(part.Name, out entry);
            }
            used.Add(part.Name);
            if (entry is null) problems.Add($"{part.Name} {part.Shape} is missing");
            else if (entry.Shape != part.Shape) problems.Add($"{Shown(entry.Name)} is {entry.Shape}, expected {part.Shape}");
            else if (!entry.DType.IsFloatingPoint()) problems.Add($"{Shown(entry.Name)} holds {entry.DType}, expected floating-point numbers");
            else found.Add((part, entry));
        }
        foreach (TensorEntry entry in source.Entries)
            if (!used.Contains(entry.Name)) problems.Add($"{Shown(entry.Name)} {entry.Shape} is left over");
        if (problems.Count > 0)
        {
            // A wrong number of blocks alone gives thousands: the first ones tell it.
            string more = problems.Count > MaxShown ? $"; and {problems.Count - MaxShown} more" : "", places = problems.Count == 1 ? "place" : "places";
            throw new T5FormatException(
                source.Path, $"does not fit the configuration in {problems.Count} {places}: {string.Join("; ", problems.Take(MaxShown))}{more}");
        }
        return found;
    }

    // Names in a file may be anything.
    private static string Shown(string name)
        => string.Concat((name.Length <= 200 ? name : name[..200] + "…").Select(static c => char.IsControl(c) ? ' ' : c));
}
