using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>Reads a checkpoint into the model's weights, several rows at a time on all processors.</summary>
internal static class CheckpointLoader
{
    /// <summary>
    /// Bytes read at a time: few enough that no second copy of the model builds up, many enough that the reads cost
    /// nothing.
    /// </summary>
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
            throw new T5FormatException(
                source.Path, $"holds {source.Entries.Count} tensors, and the configuration asks for {blocks} blocks");
        double held = source.Entries.Sum(static entry => (double)entry.Shape.Length);
        double wanted = Numbers(config, multiple: 1);
        // Packing fills outputs up to whole panels: of narrow matrices that is many times what they hold.
        if (wanted > (2 * held) + 1e6 || Numbers(config, multiple: 32) > (16 * held) + 8e6)
            throw new T5FormatException(
                source.Path, $"holds {held:N0} numbers, and the configuration asks for {wanted:N0}");
    }

    /// <summary>
    /// Numbers of a model whose matrices have their outputs rounded up to some multiple; in double, for they may exceed
    /// any integer.
    /// </summary>
    public static double Numbers(T5Config config, int multiple)
    {
        double h = config.ModelWidth;
        double width = config.AttentionWidth;
        double f = config.FeedForwardWidth;
        double v = config.VocabularySize;
        double feed = ((config.IsGated ? 2 : 1) * Up(f) * h) + (Up(h) * f);
        double heads = config.Heads * Up(config.HeadWidth) * h;
        double self = (Up(3 * width) * h) + (Up(h) * width), cross = (Up(width) * h) + (2 * heads) + (Up(h) * width);
        return ((config.TieWordEmbeddings ? 1 : 2) * Up(v) * h) + (2.0 * config.RelativeBuckets * config.Heads)
            + (2 * h)
            + (config.EncoderLayers * (self + feed + (2 * h)))
            + (config.DecoderLayers * (self + cross + feed + (3 * h)));

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
            for (int row = 0; row < part.Rows; row += perChunk)
                chunks.Add((part, entry, row, Math.Min(perChunk, part.Rows - row)));
        }
        long total = found.Sum(static one => one.Part.Rows * (long)one.Part.Columns * one.Entry.DType.ByteSize());
        long done = 0;
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
                    progress?.Report(
                        new WorkProgress("loading the model", Interlocked.Add(ref done, length), total, "B"));
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

/// <summary>
/// The tensors of a checkpoint under T5's names, whatever prefix they are stored behind; which of them are used, and
/// what is to be said of the others. What is stored decides whether the head is tied.
/// </summary>
internal sealed class CheckpointTensors
{
    private const string Head = "lm_head.weight", Embedding = "shared.weight";

    // A part of every T5, and the last to be taken away.
    private const string Anchor = "encoder.final_layer_norm.weight";

    // Hugging Face's T5 ignores this name in old checkpoints.
    private const string Unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

    private const int ChunkElements = 1 << 18, MostShown = 8;

    // The embedding is stored under one or more of these names, of which safetensors keeps one.
    private static readonly string[] s_embeddingNames =
        [Embedding, "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];

    // Tensors behind these names are part of a model's computation; beside a T5 they make it another model.
    private static readonly string[] s_computing = ["encoder.", "decoder.", "shared.", "lm_head", "final_logits_bias"];

    private readonly string _prefix;
    private readonly HashSet<string> _used = [];
    private readonly List<string> _notes = [], _warnings = [];

    /// <exception cref="T5FormatException">There are several T5s, each behind a prefix of its own.</exception>
    public CheckpointTensors(ITensorSource source, T5Config config)
    {
        Source = source;
        Config = config;
        _prefix = FindPrefix();
        if (_prefix.Length > 0)
            _notes.Add($"{source.Path}: the names of its tensors begin with '{Shown(_prefix)}', which is left out");
        _used.Add(_prefix + Unused);
        TensorEntry? embedding = null;
        foreach (string name in s_embeddingNames)
        {
            if (!TryGet(name, out TensorEntry? entry)) continue;
            _used.Add(entry.Name);
            if (embedding is null) embedding = entry;
            else if (Differs(embedding, entry))
            {
                _warnings.Add(
                    $"{source.Path}: {entry.Name} differs from {embedding.Name} and is left out: T5 has one embedding");
            }
        }
        // In training, a head of its own is a weight of its own, equal to the embedding or not.
        if (config.TieWordEmbeddings && TryGet(Head, out TensorEntry? head) && embedding is not null)
        {
            _used.Add(head.Name);
            if (Differs(embedding, head))
                Config = config with { TieWordEmbeddings = false, ScaleDecoderOutputs = config.ScaleDecoderOutputs };
        }
    }

    public ITensorSource Source { get; }

    /// <summary>The configuration, with the head as the checkpoint has it.</summary>
    public T5Config Config { get; }

    /// <summary>Assumptions, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Stored tensors that are not used, one sentence each; complete after <see cref="LeftOver"/>.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The tensor of a part of the model; null where there is none.</summary>
    public TensorEntry? Take(string name)
    {
        TensorEntry? entry = null;
        if (name != Embedding) TryGet(name, out entry);
        else
        {
            foreach (string other in s_embeddingNames)
                if (TryGet(other, out entry)) break;
            // The one tensor of a tied model may go by the head's name.
            if (entry is null && Config.TieWordEmbeddings) TryGet(Head, out entry);
        }
        if (entry is not null) _used.Add(entry.Name);
        return entry;
    }

    /// <summary>
    /// Tensors that belong to the computation and were not taken, a problem each; others beside the model become a
    /// warning.
    /// </summary>
    public List<string> LeftOver()
    {
        List<string> problems = [];
        List<TensorEntry> extra = [];
        foreach (TensorEntry entry in Source.Entries)
        {
            if (_used.Contains(entry.Name)) continue;
            bool isBehind = entry.Name.StartsWith(_prefix, StringComparison.Ordinal);
            string name = isBehind ? entry.Name[_prefix.Length..] : entry.Name;
            if (Array.Exists(s_computing, start => name.StartsWith(start, StringComparison.Ordinal)))
                problems.Add($"{Shown(entry.Name)} {entry.Shape} is left over");
            else extra.Add(entry);
        }
        if (extra.Count == 0) return problems;
        IEnumerable<string> shown = extra.Take(MostShown).Select(static entry => $"{Shown(entry.Name)} {entry.Shape}");
        string names = string.Join(", ", shown);
        string more = extra.Count > MostShown ? $" and {extra.Count - MostShown} more" : "";
        string tensors = extra.Count == 1 ? "a tensor" : $"{extra.Count} tensors";
        _warnings.Add($"{Source.Path}: holds {tensors} beside those of a T5, left out: {names}{more}");
        return problems;
    }

    /// <summary>A name of a file, which may be anything, for a message.</summary>
    internal static string Shown(string name)
    {
        string start = name.Length <= 200 ? name : name[..200] + "…";
        return string.Concat(start.Select(static c => char.IsControl(c) ? ' ' : c));
    }

    private string FindPrefix()
    {
        if (Source.TryGet(Anchor, out _)) return "";
        string[] prefixes =
        [
            .. Source.Entries.Where(static entry => entry.Name.EndsWith("." + Anchor, StringComparison.Ordinal))
                .Select(static entry => entry.Name[..^Anchor.Length]),
        ];
        if (prefixes.Length <= 1) return prefixes.FirstOrDefault("");
        string shown = string.Join(", ", prefixes.Take(MostShown).Select(static prefix => $"'{Shown(prefix)}'"));
        throw new T5FormatException(Source.Path, $"holds {prefixes.Length} models, behind {shown}, expected one T5");
    }

    // Wrappers put a prefix before the model's names, and sometimes not before that of the head.
    private bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry)
        => Source.TryGet(_prefix + name, out entry) || (name == Head && Source.TryGet(name, out entry));

    private bool Differs(TensorEntry a, TensorEntry b)
    {
        if (a.Shape != b.Shape || !a.DType.IsFloatingPoint() || !b.DType.IsFloatingPoint()) return true;
        int size = a.DType.ByteSize(), otherSize = b.DType.ByteSize();
        byte[] first = new byte[ChunkElements * size], second = new byte[ChunkElements * otherSize];
        for (long start = 0; start < a.Shape.Length; start += ChunkElements)
        {
            int count = (int)Math.Min(ChunkElements, a.Shape.Length - start);
            Span<byte> of = first.AsSpan(0, count * size), other = second.AsSpan(0, count * otherSize);
            Source.Read(a, start * size, of);
            Source.Read(b, start * otherSize, other);
            if (a.DType == b.DType ? !of.SequenceEqual(other) : !AreEqual(of, a.DType, other, b.DType)) return true;
        }
        return false;
    }

    private static bool AreEqual(ReadOnlySpan<byte> first, DType firstType, ReadOnlySpan<byte> second, DType secondType)
    {
        int firstSize = firstType.ByteSize(), secondSize = secondType.ByteSize();
        for (int i = 0; i < first.Length / firstSize; i++)
        {
            double a = WeightPart.Element(first.Slice(i * firstSize, firstSize), firstType);
            double b = WeightPart.Element(second.Slice(i * secondSize, secondSize), secondType);
            if (a != b && !(double.IsNaN(a) && double.IsNaN(b))) return false;
        }
        return true;
    }
}

/// <summary>Writes a model in Hugging Face's layout: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class CheckpointWriter
{
    public static void Save(T5Config config, IReadOnlyList<WeightPart> parts, IBackend backend, string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter writer = new(new Dictionary<string, string> { ["format"] = "pt" });
        foreach (WeightPart part in parts.OrderBy(static part => part.Name, StringComparer.Ordinal))
        {
            writer.Add(part.Name, DType.Float32, part.Shape, stream =>
            {
                int perPiece = Math.Max(1, (1 << 18) / part.Columns);
                for (int row = 0; row < part.Rows; row += perPiece)
                    stream.Write(
                        MemoryMarshal.AsBytes(part.Read(row, Math.Min(perPiece, part.Rows - row), backend).AsSpan()));
            });
        }
        writer.Save(Path.Combine(folder, "model.safetensors"));
        AtomicFile.Write(Path.Combine(folder, "config.json"), stream => stream.Write(config.ToJson()));
    }
}
