using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>Reads a checkpoint into the model's weights, several rows at a time on all processors.</summary>
internal static class CheckpointLoader
{
    /// <summary>Bytes read at a time: few enough that no second copy of the model builds up, many enough that the reads cost nothing.</summary>
    private const int ChunkBytes = 2 << 20;

    // The shared embedding is stored under up to four names, of which safetensors keeps one.
    private static readonly string[] s_embeddingNames = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];

    // Hugging Face's T5 ignores this name in old checkpoints.
    private const string Unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

    /// <summary>
    /// Refuses a configuration that asks for far more than the file holds, before memory is taken for it.
    /// </summary>
    public static void CheckSize(T5Config config, ITensorSource source)
    {
        double h = config.ModelWidth, attention = 4 * h * config.AttentionWidth, feed = (config.IsGated ? 3 : 2) * h * config.FeedForwardWidth;
        double wanted = (h * config.VocabularySize) + (config.EncoderLayers * (attention + feed)) + (config.DecoderLayers * ((2 * attention) + feed));
        double held = source.Entries.Sum(static entry => (double)entry.Shape.Length);
        if (wanted > 2 * held + 1e6)
            throw new T5FormatException(source.Path, $"holds {held:N0} numbers, and the configuration asks for {wanted:N0}");
    }

    public static void Load(ITensorSource source, IReadOnlyList<WeightPart> parts, IBackend backend)
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
            else if (entry.Shape != part.Shape) problems.Add($"{entry.Name} is {entry.Shape}, expected {part.Shape}");
            else if (!entry.DType.IsFloatingPoint()) problems.Add($"{entry.Name} holds {entry.DType}, expected floating-point numbers");
            else found.Add((part, entry));
        }
        foreach (TensorEntry entry in source.Entries)
            if (!used.Contains(entry.Name)) problems.Add($"{entry.Name} {entry.Shape} is left over");
        if (problems.Count > 0)
            throw new T5FormatException(source.Path, $"does not fit the configuration in {problems.Count} place{(problems.Count == 1 ? "" : "s")}: {string.Join("; ", problems)}");
        return found;
    }
}
