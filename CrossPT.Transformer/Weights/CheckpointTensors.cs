using System.Diagnostics.CodeAnalysis;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

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

    /// <summary>What is assumed.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What is left out; complete after <see cref="LeftOver"/>.</summary>
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
