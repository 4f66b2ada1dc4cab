using System.Text.Json;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// What the keys of a <c>config.json</c> mean, whichever version of transformers wrote it (docs/checkpoints.md has the
/// table).
/// </summary>
internal static class T5ConfigReader
{
    // Larger than any T5 by far: a file that asks for more is broken, and must not be believed with memory.
    private const int Largest = 1 << 24;

    private const string Activations = "\"relu\", \"gelu_new\", \"gelu\" or \"silu\"";

    // A key with one of these words in its name changes what is computed.
    private static readonly string[] s_words =
    [
        "quant", "compress", "load_in_", "rope_", "_rope", "rotary", "alibi", "position", "relative", "sinusoid",
        "norm", "window", "softcap", "expert", "moe_", "lora", "adapter", "pruned", "bias", "attention_type",
        "local_radius",
        "global_block", "sparse", "attention_scal", "scale_attn", "scale_attention", "scale_embedding",
        "embedding_multiplier", "residual_multiplier", "logit_scale", "logits_scaling", "tie_encoder_decoder",
        "parallel_residual",
    ];

    // Keys with such a word that T5 has, or that concern generation, training or storage alone.
    private static readonly HashSet<string> s_harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "layer_norm_epsilon", "layer_norm_eps", "relative_attention_num_buckets", "relative_attention_max_distance",
        "n_positions", "max_position_embeddings", "renormalize_logits", "normalize_logits", "_pre_quantization_dtype",
        "sequence_bias", "max_grad_norm",
    };

    // What such a key may say: that the thing is absent, or that it is as T5 has it.
    private static readonly HashSet<string> s_neutral = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "none", "null", "no", "false", "off", "relative", "relative_bias", "relative_attention", "t5",
        "t5_relative", "rms", "rmsnorm", "rms_norm", "t5layernorm", "pre", "prenorm", "pre_norm", "full",
    };

    // True of T5, false of other models.
    private static readonly HashSet<string> s_trueOfT5 = new(StringComparer.OrdinalIgnoreCase)
    {
        "use_rms_norm", "use_rmsnorm", "rms_norm", "rmsnorm", "pre_norm", "prenorm", "pre_layer_norm",
        "normalize_before", "do_layer_norm_before", "encoder_normalize_before", "decoder_normalize_before",
        "use_relative_attention", "use_relative_position", "relative_attention", "has_relative_attention_bias",
        "relative_position_embedding", "use_relative_attention_bias", "use_relative_position_bias",
        "relative_position_bias", "final_layer_norm", "use_final_layer_norm",
    };

    /// <exception cref="T5FormatException">
    /// A value makes no T5, or a key asks for something that no T5 has.
    /// </exception>
    public static T5Config Read(ConfigKeys keys)
    {
        string type = keys.Choice("model_type", "t5", "t5", "mt5");
        foreach (JsonProperty property in keys.All) CheckIsT5(keys, property.Name, property.Value);
        // What a file leaves out differs: Hugging Face's T5Config is a v1.0 small, its MT5Config an mT5 small.
        bool multilingual = type == "mt5";
        int vocabulary = keys.Integer("vocab_size", multilingual ? 250112 : 32128, 1, Largest);
        int layers = keys.Integer("num_layers", "num_hidden_layers", multilingual ? 8 : 6, 1, 4096);
        int pad = keys.Integer("pad_token_id", 0, 0, vocabulary - 1);
        int buckets = keys.Integer("relative_attention_num_buckets", 32, 4, 1 << 16);
        int[] ends = keys.Integers("eos_token_id", 1, 0, vocabulary - 1);
        (bool isGated, Activation activation) = FeedForward(keys, multilingual);
        T5Config config = new()
        {
            VocabularySize = vocabulary,
            ModelWidth = keys.Integer("d_model", "hidden_size", 512, 1, 1 << 17),
            HeadWidth = keys.Integer("d_kv", "head_dim", 64, 1, 1 << 14),
            FeedForwardWidth = keys.Integer("d_ff", multilingual ? 1024 : 2048, 1, 1 << 19),
            EncoderLayers = layers,
            DecoderLayers = keys.Integer("num_decoder_layers", layers, 1, 4096),
            Heads = keys.Integer("num_heads", "num_attention_heads", multilingual ? 6 : 8, 1, 1 << 12),
            RelativeBuckets = buckets,
            RelativeMaxDistance = keys.Integer("relative_attention_max_distance", 128, (buckets / 2) + 1, Largest),
            Epsilon = keys.Number("layer_norm_epsilon", 1e-6, 0, 1),
            DropoutRate = keys.Number("dropout_rate", 0.1, 0, 0.999),
            InitializerFactor = keys.Number("initializer_factor", 1, 0, 1e6),
            IsGated = isGated,
            TieWordEmbeddings = keys.Boolean("tie_word_embeddings", !multilingual),
            PadId = pad,
            EndOfSequenceId = ends[0],
            OtherEndIds = ends.Length > 1 ? ends[1..] : [],
            DecoderStartId = keys.Integer("decoder_start_token_id", pad, 0, vocabulary - 1),
        };
        if (config.AttentionWidth > 1 << 20)
        {
            string found = $"{config.Heads} heads of d_kv {config.HeadWidth}";
            throw keys.Error("num_heads", found, $"at most {1 << 20} together");
        }
        if (activation != config.Activation) config = config with { Activation = activation };
        // Since version 5 the tie is always true and says nothing of the scale; of mT5 no version writes the scale.
        bool scale = keys.Boolean("scale_decoder_outputs", config.TieWordEmbeddings && !multilingual);
        return scale == config.ScaleDecoderOutputs ? config : config with { ScaleDecoderOutputs = scale };
    }

    /// <summary>The value of <c>feed_forward_proj</c>.</summary>
    public static string Projection(bool isGated, Activation activation)
    {
        string name = activation switch
        {
            Activation.Relu => "relu",
            Activation.GeluTanh => isGated ? "gelu" : "gelu_new",
            Activation.Gelu => "gelu",
            _ => "silu",
        };
        return isGated ? $"gated-{name}" : name;
    }

    private static (bool IsGated, Activation Activation) FeedForward(ConfigKeys keys, bool multilingual)
    {
        string projection = keys.Text("feed_forward_proj") ?? (multilingual ? "gated-gelu" : "relu");
        bool isGated = projection.StartsWith("gated-", StringComparison.Ordinal);
        string name = isGated ? projection["gated-".Length..] : projection;
        // transformers 4.0 to 4.19 had no name for the approximation, which it used all the same.
        if (projection == "gated-gelu") name = "gelu_new";
        if (Parse(name) is not { } activation)
        {
            string expected = $"{Activations}, with or without \"gated-\" before it";
            throw keys.Error("feed_forward_proj", keys.Show("feed_forward_proj"), expected);
        }
        if (keys.Text("dense_act_fn") is { } dense)
            activation = Parse(dense) ?? throw keys.Error("dense_act_fn", keys.Show("dense_act_fn"), Activations);
        return (keys.Boolean("is_gated_act", isGated), activation);
    }

    // Names of ACT2FN in transformers; two for the same function are the same here.
    private static Activation? Parse(string name) => name switch
    {
        "relu" => Activation.Relu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        "gelu" => Activation.Gelu,
        "silu" or "swish" => Activation.Silu,
        _ => null,
    };

    /// <summary>Refuses a key that changes the computation; any other key that is not T5's has no effect.</summary>
    private static void CheckIsT5(ConfigKeys keys, string key, JsonElement value)
    {
        if (key == "num_key_value_heads")
        {
            int heads = keys.Integer("num_heads", "num_attention_heads", 8, 1, 1 << 12);
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int shared) || shared != heads)
                throw keys.Error(key, ConfigKeys.Shown(value), $"{heads}, as many as heads");
            return;
        }
        if (s_harmless.Contains(key)) return;
        bool isTrueOfT5 = s_trueOfT5.Contains(key);
        bool concerns = isTrueOfT5 || s_words.Any(word => key.Contains(word, StringComparison.OrdinalIgnoreCase));
        if (!concerns || IsNeutral(value, isTrueOfT5)) return;
        throw keys.Error(key, ConfigKeys.Shown(value), "no such key: it asks for another computation than T5's");
    }

    private static bool IsNeutral(JsonElement value, bool isTrueOfT5) => value.ValueKind switch
    {
        JsonValueKind.True => isTrueOfT5,
        JsonValueKind.False => !isTrueOfT5,
        JsonValueKind.Number => value.TryGetDouble(out double number) && number == 0,
        JsonValueKind.String => s_neutral.Contains(value.GetString()!),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => !value.EnumerateObject().Any(),
    };
}

/// <summary>
/// Typed access to a configuration's keys, with errors that name file, key, what was found and what was expected.
/// </summary>
internal readonly struct ConfigKeys(JsonElement root, string file)
{
    public int Integer(string key, int absent, int least, int most)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number) || number < least
            || number > most)
            throw Error(key, Shown(value), $"a whole number from {least} to {most}");
        return (int)number;
    }

    /// <summary>The same of a key with a second name; where both are there they must agree.</summary>
    public int Integer(string key, string alias, int absent, int least, int most)
    {
        if (Find(alias) is not { } other) return Integer(key, absent, least, most);
        int value = Integer(alias, absent, least, most);
        if (Find(key) is not null && Integer(key, absent, least, most) != value)
            throw Error(alias, Shown(other), $"{Integer(key, absent, least, most)}, the value of '{key}'");
        return value;
    }

    /// <summary>A whole number or a list of one or more.</summary>
    public int[] Integers(string key, int absent, int least, int most)
    {
        if (Find(key) is not { ValueKind: JsonValueKind.Array } list) return [Integer(key, absent, least, most)];
        int[] numbers = new int[list.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
        {
            JsonElement value = list[i];
            bool isNumber = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out numbers[i]);
            if (!isNumber || numbers[i] < least || numbers[i] > most)
                throw Error($"{key}[{i}]", Shown(value), $"a whole number from {least} to {most}");
        }
        return numbers.Length > 0 ? numbers : throw Error(key, "[]", "one id or more");
    }

    /// <summary>The key's text; null where it is absent or null.</summary>
    public string? Text(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Error(key, Shown(value), "text");
    }

    /// <summary>The key's value as it stands in the file, for messages.</summary>
    public string Show(string key) => Find(key) is { } value ? Shown(value) : "absent";

    /// <summary>Every key that is not null, with its value as it stands in the file.</summary>
    public IEnumerable<JsonProperty> All =>
        root.EnumerateObject().Where(static property => property.Value.ValueKind != JsonValueKind.Null);

    public double Number(string key, double absent, double least, double most)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number)
            || !(number >= least && number <= most))
            throw Error(key, Shown(value), $"a number from {least} to {most}");
        return number;
    }

    public bool Boolean(string key, bool absent)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Error(key, Shown(value), "true or false");
        return value.GetBoolean();
    }

    /// <summary>One of a few strings.</summary>
    public string Choice(string key, string absent, params ReadOnlySpan<string> choices)
    {
        if (Find(key) is not { } value) return absent;
        if (value.ValueKind == JsonValueKind.String)
        {
            foreach (string choice in choices)
                if (value.ValueEquals(choice)) return choice;
        }
        throw Error(key, Shown(value), string.Join(" or ", choices.ToArray().Select(static choice => $"\"{choice}\"")));
    }

    public T5FormatException Error(string key, string found, string expected) =>
        new(file, $"key '{key}' is {found}, expected {expected}");

    // As it stands in the file, but short and on one line.
    internal static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return string.Concat(
            (text.Length <= 40 ? text : text[..40] + "…").Select(static c => char.IsControl(c) ? ' ' : c));
    }

    private JsonElement? Find(string key) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
