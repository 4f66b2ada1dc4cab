using System.Text.Json;
using System.Text.Unicode;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>
/// The sizes and switches of a T5, under the names of Hugging Face's <c>config.json</c>; a key that is absent there has
/// the same default here.
/// </summary>
public sealed record T5Config
{
    private readonly Activation? _activation;
    private readonly bool? _scaleDecoderOutputs;

    /// <summary>Vocabulary, V (<c>vocab_size</c>).</summary>
    public int VocabularySize { get; init; } = 32128;

    /// <summary>Model width, H (<c>d_model</c>).</summary>
    public int ModelWidth { get; init; } = 512;

    /// <summary>Width of a head, D (<c>d_kv</c>); N·D need not be H.</summary>
    public int HeadWidth { get; init; } = 64;

    /// <summary>Feed-forward width, F (<c>d_ff</c>).</summary>
    public int FeedForwardWidth { get; init; } = 2048;

    /// <summary>Encoder blocks (<c>num_layers</c>).</summary>
    public int EncoderLayers { get; init; } = 6;

    /// <summary>Decoder blocks (<c>num_decoder_layers</c>; absent: as many as encoder blocks).</summary>
    public int DecoderLayers { get; init; } = 6;

    /// <summary>Attention heads, N (<c>num_heads</c>).</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Buckets of relative positions (<c>relative_attention_num_buckets</c>).</summary>
    public int RelativeBuckets { get; init; } = 32;

    /// <summary>Distance from which all positions share a bucket (<c>relative_attention_max_distance</c>).</summary>
    public int RelativeMaxDistance { get; init; } = 128;

    /// <summary>Added to the mean square in the norms (<c>layer_norm_epsilon</c>).</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Dropout while training (<c>dropout_rate</c>).</summary>
    public double DropoutRate { get; init; } = 0.1;

    /// <summary>Scale of random weights (<c>initializer_factor</c>).</summary>
    public double InitializerFactor { get; init; } = 1;

    /// <summary>
    /// Whether the feed-forward layers are gated (<c>is_gated_act</c>, else <c>feed_forward_proj: gated-…</c>).
    /// </summary>
    public bool IsGated { get; init; }

    /// <summary>
    /// Activation of the feed-forward layers (<c>dense_act_fn</c>, else <c>feed_forward_proj</c>); unless set, that of
    /// the published models: <see cref="Activation.GeluTanh"/> of gated layers (v1.1), ReLU of others (v1.0).
    /// </summary>
    /// <exception cref="ArgumentException">No T5 has this activation: <see cref="Activation.Sigmoid"/>.</exception>
    public Activation Activation
    {
        get => _activation ?? (IsGated ? Activation.GeluTanh : Activation.Relu);
        init => _activation = value == Activation.Sigmoid
            ? throw new ArgumentException($"T5Config: activation {value}, expected Relu, GeluTanh, Gelu or Silu.")
            : value;
    }

    /// <summary>
    /// Whether the head is the embedding (v1.0) and not a matrix of its own (<c>tie_word_embeddings</c>, unless the
    /// weights hold a head of their own, as <see cref="T5Model"/> finds them).
    /// </summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>
    /// Whether the head is applied to states scaled by H^−0.5 (<c>scale_decoder_outputs</c>); unless set, where the
    /// head is tied.
    /// </summary>
    public bool ScaleDecoderOutputs
    {
        get => _scaleDecoderOutputs ?? TieWordEmbeddings;
        init => _scaleDecoderOutputs = value;
    }

    /// <summary>Padding (<c>pad_token_id</c>).</summary>
    public int PadId { get; init; }

    /// <summary>End of sequence, <c>&lt;/s&gt;</c> (<c>eos_token_id</c>; of a list, the first).</summary>
    public int EndOfSequenceId { get; init; } = 1;

    /// <summary>Further tokens that end generation (<c>eos_token_id</c>; of a list, all but the first).</summary>
    public IReadOnlyList<int> OtherEndIds { get; init; } = [];

    /// <summary>First decoder input (<c>decoder_start_token_id</c>; absent: padding).</summary>
    public int DecoderStartId { get; init; }

    /// <summary>Width of all heads together, N·D.</summary>
    public int AttentionWidth => Heads * HeadWidth;

    /// <summary>
    /// Numbers of all weights together; a double, since sizes in a file may come to more than any integer holds.
    /// </summary>
    public double WeightCount => CheckpointLoader.Numbers(this, multiple: 1);

    /// <summary>Reads a model folder's <c>config.json</c>, or the file itself.</summary>
    /// <exception cref="T5FormatException">The file is missing, is no JSON, or holds values that make no T5; the
    /// message names the key.</exception>
    public static T5Config Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        byte[] bytes;
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (stream.Length > 1 << 20)
                throw new T5FormatException(
                    file, $"is {stream.Length} bytes long, expected a configuration of at most 1 MiB");
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not T5FormatException)
        {
            string found = Directory.Exists(file)
                ? "is a folder"
                : File.Exists(file) ? "cannot be read" : "does not exist";
            throw new T5FormatException(file, $"{found}, expected a T5's configuration (JSON)", error);
        }
        return Parse(bytes, file);
    }

    /// <summary>Reads a configuration from UTF-8 JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="T5FormatException">See <see cref="Load"/>.</exception>
    public static T5Config Parse(ReadOnlyMemory<byte> json, string file)
    {
        // The parser looks at the strings it is asked for only.
        if (!Utf8.IsValid(json.Span))
            throw new T5FormatException(file, "holds bytes that are not UTF-8, expected JSON");
        try
        {
            if (ForeignFile.Explain(json.Span, FileContent.Json) is { } foreign)
                throw new T5FormatException(file, foreign);
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new T5FormatException(
                    file, $"holds JSON of kind {document.RootElement.ValueKind}, expected an object");
            return T5ConfigReader.Read(new ConfigKeys(document.RootElement, file));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            string found = error is JsonException { LineNumber: { } line, BytePositionInLine: { } column }
                ? $"is no JSON at line {line + 1}, byte {column + 1}"
                : "is no JSON that can be read";
            throw new T5FormatException(file, $"{found}, expected a T5's configuration", error);
        }
    }

    /// <summary>
    /// The published sizes: <c>t5-small</c>, <c>t5-base</c>, <c>t5-large</c>, <c>t5-v1_1-small</c>,
    /// <c>t5-v1_1-base</c>.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such preset; the message lists them.</exception>
    public static T5Config Preset(string name) => name switch
    {
        "t5-small" => new T5Config(),
        "t5-base" => new T5Config
        {
            ModelWidth = 768,
            FeedForwardWidth = 3072,
            Heads = 12,
            EncoderLayers = 12,
            DecoderLayers = 12,
        },
        "t5-large" => new T5Config
        {
            ModelWidth = 1024,
            FeedForwardWidth = 4096,
            Heads = 16,
            EncoderLayers = 24,
            DecoderLayers = 24,
        },
        "t5-v1_1-small" => new T5Config
        {
            FeedForwardWidth = 1024,
            Heads = 6,
            EncoderLayers = 8,
            DecoderLayers = 8,
            IsGated = true,
            TieWordEmbeddings = false,
        },
        "t5-v1_1-base" => new T5Config
        {
            ModelWidth = 768,
            FeedForwardWidth = 2048,
            Heads = 12,
            EncoderLayers = 12,
            DecoderLayers = 12,
            IsGated = true,
            TieWordEmbeddings = false,
        },
        _ => throw new ArgumentException(
            $"preset '{name}' is unknown, expected one of {string.Join(", ", PresetNames)}"),
    };

    /// <summary>Names that <see cref="Preset"/> takes.</summary>
    public static IReadOnlyList<string> PresetNames { get; } =
    [
        "t5-small", "t5-base", "t5-large", "t5-v1_1-small", "t5-v1_1-base",
    ];

    /// <summary>The configuration as Hugging Face writes it.</summary>
    public byte[] ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("architectures");
            writer.WriteStringValue("T5ForConditionalGeneration");
            writer.WriteEndArray();
            writer.WriteNumber("d_ff", FeedForwardWidth);
            writer.WriteNumber("d_kv", HeadWidth);
            writer.WriteNumber("d_model", ModelWidth);
            writer.WriteNumber("decoder_start_token_id", DecoderStartId);
            // "gated-gelu" means the approximation, for which it stood before there was a key for the activation.
            if (IsGated && Activation == Activation.Gelu) writer.WriteString("dense_act_fn", "gelu");
            writer.WriteNumber("dropout_rate", DropoutRate);
            WriteEnds(writer);
            writer.WriteString("feed_forward_proj", T5ConfigReader.Projection(IsGated, Activation));
            writer.WriteNumber("initializer_factor", InitializerFactor);
            writer.WriteBoolean("is_encoder_decoder", true);
            writer.WriteNumber("layer_norm_epsilon", Epsilon);
            writer.WriteString("model_type", "t5");
            writer.WriteNumber("num_decoder_layers", DecoderLayers);
            writer.WriteNumber("num_heads", Heads);
            writer.WriteNumber("num_layers", EncoderLayers);
            writer.WriteNumber("pad_token_id", PadId);
            writer.WriteNumber("relative_attention_max_distance", RelativeMaxDistance);
            writer.WriteNumber("relative_attention_num_buckets", RelativeBuckets);
            if (ScaleDecoderOutputs != TieWordEmbeddings)
                writer.WriteBoolean("scale_decoder_outputs", ScaleDecoderOutputs);
            writer.WriteBoolean("tie_word_embeddings", TieWordEmbeddings);
            writer.WriteNumber("vocab_size", VocabularySize);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private void WriteEnds(Utf8JsonWriter writer)
    {
        if (OtherEndIds.Count == 0)
        {
            writer.WriteNumber("eos_token_id", EndOfSequenceId);
            return;
        }
        writer.WriteStartArray("eos_token_id");
        writer.WriteNumberValue(EndOfSequenceId);
        foreach (int id in OtherEndIds) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }
}
