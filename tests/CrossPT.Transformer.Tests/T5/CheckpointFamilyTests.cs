using System.Text;
using System.Text.Json;
using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// The models of T5's family as each version of transformers writes them, with and without a stored head, against an
/// implementation in NumPy that shares nothing with this one (tests/fixtures/family).
/// </summary>
public sealed class CheckpointFamilyTests
{
    private const string Sizes = """
        "architectures": ["T5ForConditionalGeneration"], "vocab_size": 24, "d_model": 8, "d_kv": 3, "d_ff": 12,
        "num_layers": 2,
        "num_decoder_layers": 2, "num_heads": 2, "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 16,
        "is_encoder_decoder": true, "layer_norm_epsilon": 1e-6, "pad_token_id": 0, "eos_token_id": 1, "use_cache": true,
        "decoder_start_token_id": 0, "dropout_rate": 0.1, "initializer_factor": 1.0, "n_positions": 512,
        "output_past": true
        """;

    // What each version writes beside the sizes; {0} stands for the activation, {1} for whether it is gated.
    private static readonly Dictionary<string, string> s_writers = new()
    {
        ["4.0"] = """, "transformers_version": "4.0.0" """,
        ["4.2x"] = """
            , "dense_act_fn": "{0}", "is_gated_act": {1},
            "torch_dtype": "float32", "transformers_version": "4.23.1"
            """,
        ["4.4x"] = """
            , "dense_act_fn": "{0}", "is_gated_act": {1}, "classifier_dropout": 0.0, "torch_dtype": "float32",
            "transformers_version": "4.46.3"
            """,
        ["5.x"] = """
            , "dense_act_fn": "{0}", "is_gated_act": {1}, "classifier_dropout": 0.0, "dtype": "float32",
            "is_decoder": false,
            "transformers_version": "5.2.0"
            """,
    };

    // Family: keys of version 4, keys of version 5, activation, gated.
    private static readonly Dictionary<string, (string Four, string Five, string Activation, bool Gated)> s_families =
        new()
    {
        ["t5 v1.0"] = (
            """, "model_type": "t5", "feed_forward_proj": "relu" """,
            """
            , "model_type": "t5", "feed_forward_proj": "relu",
            "tie_word_embeddings": true, "scale_decoder_outputs": true
            """,
            "relu", false),
        ["t5 v1.1, lm-adapt, flan, byt5"] = (
            """, "model_type": "t5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false """,
            """
            , "model_type": "t5", "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": true, "scale_decoder_outputs": false
            """,
            "gelu_new", true),
        ["ul2"] = (
            """, "model_type": "t5", "feed_forward_proj": "gated-silu", "tie_word_embeddings": false """,
            """
            , "model_type": "t5", "feed_forward_proj": "gated-silu",
            "tie_word_embeddings": true, "scale_decoder_outputs": false
            """,
            "silu", true),
        ["mt5"] = (
            """, "model_type": "mt5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false """,
            """, "model_type": "mt5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": true """,
            "gelu_new", true),
    };

    public static TheoryData<string, string, string, string> Table
    {
        get
        {
            TheoryData<string, string, string, string> rows = [];
            foreach (string writer in s_writers.Keys)
            {
                bool five = writer == "5.x";
                rows.Add("t5 v1.0", writer, "none", "relu.tied.scaled");
                rows.Add("t5 v1.0", writer, "equal", "relu.tied.scaled");
                rows.Add("t5 v1.0", writer, "own", "relu.own.scaled");
                foreach ((string family, string kind) in (ReadOnlySpan<(string, string)>)[
                    ("t5 v1.1, lm-adapt, flan, byt5", "gated-gelu_new"), ("ul2", "gated-silu"),
                    ("mt5", "gated-gelu_new")])
                {
                    rows.Add(family, writer, "own", $"{kind}.own");
                    rows.Add(family, writer, "madlad", $"{kind}.own");
                    rows.Add(family, writer, "equal", $"{kind}.tied");
                    rows.Add(family, writer, "none", five ? $"{kind}.tied" : "lm_head.weight [24, 8] is missing");
                }
            }
            return rows;
        }
    }

    /// <summary>Every cell of the table in docs/checkpoints.md.</summary>
    [Theory]
    [MemberData(nameof(Table))]
    public void Load_FamilyAsWritten_ComputesWhatTheVersionMeant(
        string family, string writer, string head, string expected)
    {
        T5Config config = ConfigOf(family, writer);
        bool gated = s_families[family].Gated;
        if (expected.EndsWith("missing", StringComparison.Ordinal))
        {
            using ReferenceBackend backend = new();
            string message =
                Assert.Throws<T5FormatException>(() => T5Model.Load(config, Stored(gated, head), backend)).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
            return;
        }
        Check(config, Stored(gated, head), expected);
    }

    [Theory]
    [InlineData("\"relu\"", null, "relu")]
    [InlineData("\"gelu\"", null, "gelu")]
    [InlineData("\"gelu_new\"", null, "gelu_new")]
    [InlineData("\"silu\"", null, "silu")]
    [InlineData("\"swish\"", null, "silu")]
    [InlineData("\"relu\"", "gelu", "gelu")]
    [InlineData("\"relu\"", "gelu_new", "gelu_new")]
    [InlineData("\"relu\"", "gelu_pytorch_tanh", "gelu_new")]
    [InlineData("\"silu\"", "relu", "relu")]
    [InlineData("\"gated-relu\"", null, "gated-relu")]
    [InlineData("\"gated-silu\"", null, "gated-silu")]
    [InlineData("\"gated-gelu\"", null, "gated-gelu_new")]
    [InlineData("\"gated-gelu_new\"", null, "gated-gelu_new")]
    [InlineData("\"gated-gelu\"", "gelu", "gated-gelu")]
    [InlineData("\"gated-gelu\"", "silu", "gated-silu")]
    [InlineData("\"gated-silu\"", "relu", "gated-relu")]
    [InlineData("null", null, "relu")]
    public void Load_Activation_IsTheFilesOwn(string projection, string? dense, string kind)
    {
        string keys = $", \"feed_forward_proj\": {projection}, \"tie_word_embeddings\": false";
        if (dense is not null) keys += $", \"dense_act_fn\": \"{dense}\"";
        Check(Parse(Sizes + keys), Stored(kind.StartsWith("gated", StringComparison.Ordinal), "own"), $"{kind}.own");
    }

    [Theory]
    [InlineData("relu", true, "gated-relu")]
    [InlineData("gated-gelu", false, "gelu_new")]
    public void Load_IsGatedAct_DecidesOverTheProjection(string projection, bool gated, string kind)
    {
        string keys = $", \"feed_forward_proj\": \"{projection}\", \"is_gated_act\": {(gated ? "true" : "false")}";
        Check(Parse(Sizes + keys), Stored(gated, "none"), $"{kind}.tied.scaled");
    }

    [Theory]
    [InlineData("true", "true", "none", "relu.tied.scaled")]
    [InlineData("true", "false", "none", "relu.tied")]
    [InlineData("true", "true", "own", "relu.own.scaled")]
    [InlineData("true", "false", "own", "relu.own")]
    [InlineData("false", "true", "own", "relu.own.scaled")]
    [InlineData("false", "false", "own", "relu.own")]
    [InlineData("false", "true", "equal", "relu.tied.scaled")]
    public void Load_ScaleDecoderOutputs_DecidesAloneWherePresent(
        string tie, string scale, string head, string expected)
        => Check(
            Parse($"{Sizes}, \"tie_word_embeddings\": {tie}, \"scale_decoder_outputs\": {scale}"), Stored(false, head),
            expected);

    [Theory]
    [InlineData("encoder.embed_tokens.weight")]
    [InlineData("decoder.embed_tokens.weight")]
    public void Load_EmbeddingUnderAnotherNameAndAHead_UsesBoth(string name)
        => Check(
            Parse(Sizes + ", \"tie_word_embeddings\": true"), Stored(false, "own").Renamed("shared.weight", name),
            "relu.own.scaled");

    [Theory]
    [InlineData("model.")]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("module._orig_mod.")]
    [InlineData("pretrained_model.")]
    [InlineData("model.transformer.")]
    public void Load_NamesBehindOnePrefix_LoadAndSaySo(string prefix)
    {
        foreach (string head in (string[])["none", "own"])
        {
            string expected = head == "own" ? "relu.own.scaled" : "relu.tied.scaled";
            string[] notes = Check(Parse(Sizes), Stored(false, head).Behind(prefix), expected).Notes;
            Assert.Contains($"begin with '{prefix}'", Assert.Single(notes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_PrefixButNotBeforeTheHead_UsesTheHead()
        => Check(
            Parse(Sizes), Stored(false, "own").Behind("model.").Renamed("model.lm_head.weight", "lm_head.weight"),
            "relu.own.scaled");

    [Fact]
    public void Load_TwoModelsBehindPrefixes_IsRefused()
    {
        using ReferenceBackend backend = new();
        Checkpoint both = Stored(false, "none").Behind("student.").And(Stored(false, "none").Behind("teacher."));
        string message = Assert.Throws<T5FormatException>(() => T5Model.Load(Parse(Sizes), both, backend)).Message;
        Assert.Contains("holds 2 models, behind 'student.', 'teacher.'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "v_head.summary.weight")]
    [InlineData("pretrained_model.", "v_head.summary.weight")]
    [InlineData("transformer.", "classification_head.dense.weight")]
    [InlineData("", "qa_outputs.bias")]
    [InlineData("", "prompt_embeddings")]
    public void Load_TensorsBesideAWholeT5_WarnByName(string prefix, string extra)
    {
        Checkpoint stored = Stored(false, "none");
        if (prefix.Length > 0) stored.Behind(prefix);
        string[] warnings = Check(Parse(Sizes), stored.With(extra, new Shape(1, 8)), "relu.tied.scaled").Warnings;
        Assert.Contains($"left out: {extra} [1, 8]", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ManyTensorsBeside_CountsThem()
    {
        Checkpoint stored = Stored(false, "none");
        for (int i = 0; i < 20; i++) stored.With($"v_head.{i}.weight", new Shape(2));
        string[] warnings = Check(Parse(Sizes), stored, "relu.tied.scaled").Warnings;
        Assert.EndsWith("v_head.7.weight [2] and 12 more", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder.block.0.layer.0.layer_norm.bias")]
    [InlineData("decoder.final_layer_norm.bias")]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.bias")]
    [InlineData("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.lora_A.default.weight")]
    [InlineData("encoder.embed_positions.weight")]
    [InlineData("lm_head.bias")]
    [InlineData("final_logits_bias")]
    public void Load_TensorsOfAnotherComputation_AreRefused(string name)
    {
        using ReferenceBackend backend = new();
        foreach (string prefix in (string[])["", "module."])
        {
            Checkpoint stored = Stored(false, "none").With(name, new Shape(8));
            if (prefix.Length > 0) stored.Behind(prefix);
            string message =
                Assert.Throws<T5FormatException>(() => T5Model.Load(Parse(Sizes), stored, backend)).Message;
            Assert.Contains($"{prefix}{name} [8] is left over", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Save_HeadOfItsOwnWithScale_LoadsToTheSameNumbers()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Load(Parse(Sizes), Stored(false, "own"), backend);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("crosspt-family-");
        model.Save(folder.FullName);
        using ITensorSource saved = TensorFiles.Open(folder.FullName);
        Check(T5Config.Load(folder.FullName), saved, "relu.own.scaled");
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("umt5")]
    [InlineData("longt5")]
    [InlineData("switch_transformers")]
    [InlineData("t5gemma")]
    [InlineData("pix2struct")]
    [InlineData("bart")]
    public void Parse_OtherModels_AreRefusedByName(string type)
        => Assert.Contains($"\"{type}\"", Refused($"{Sizes}, \"model_type\": \"{type}\""), StringComparison.Ordinal);

    [Theory]
    [InlineData("quantization_config", """{"load_in_8bit": true, "quant_method": "bitsandbytes"}""")]
    [InlineData("quantization_config", """{"quant_method": "gptq", "bits": 4}""")]
    [InlineData("compression_config", """{"format": "pack-quantized"}""")]
    [InlineData("load_in_4bit", "true")]
    [InlineData("position_embedding_type", "\"absolute\"")]
    [InlineData("position_embedding_type", "\"rotary\"")]
    [InlineData("use_rotary_embeddings", "true")]
    [InlineData("rope_theta", "10000.0")]
    [InlineData("rope_scaling", """{"type": "linear", "factor": 2.0}""")]
    [InlineData("rope_parameters", """{"rope_theta": 10000}""")]
    [InlineData("alibi", "true")]
    [InlineData("sinusoidal_pos_embds", "true")]
    [InlineData("use_relative_attention", "false")]
    [InlineData("norm_type", "\"layernorm\"")]
    [InlineData("use_rms_norm", "false")]
    [InlineData("qk_norm", "true")]
    [InlineData("layer_norm_bias", "true")]
    [InlineData("normalize_before", "false")]
    [InlineData("attention_bias", "true")]
    [InlineData("sliding_window", "128")]
    [InlineData("encoder_attention_type", "\"local\"")]
    [InlineData("local_radius", "127")]
    [InlineData("num_experts", "8")]
    [InlineData("num_key_value_heads", "1")]
    [InlineData("final_logit_softcapping", "30.0")]
    [InlineData("scale_embedding", "true")]
    [InlineData("pruned_heads", """{"0": [1]}""")]
    [InlineData("tie_encoder_decoder", "true")]
    [InlineData("dense_act_fn", "\"mish\"")]
    [InlineData("dense_act_fn", "\"quick_gelu\"")]
    [InlineData("feed_forward_proj", "\"gated-tanh\"")]
    [InlineData("hidden_size", "16")]
    public void Parse_KeysThatChangeTheComputation_AreRefusedByName(string key, string value)
        => Assert.Contains($"key '{key}' is ", Refused($"{Sizes}, \"{key}\": {value}"), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "\"quantization_config\": null, \"rope_scaling\": null, \"sliding_window\": null, \"pruned_heads\": {}")]
    [InlineData(
        "\"position_embedding_type\": \"relative\", \"norm_type\": \"rms_norm\", \"use_rms_norm\": true, \"alibi\": "
            + "false")]
    [InlineData(
        "\"max_position_embeddings\": 512, \"layer_norm_eps\": 1e-6, \"renormalize_logits\": true, "
            + "\"gradient_checkpointing\": true")]
    [InlineData(
        "\"hidden_size\": 8, \"num_attention_heads\": 2, \"num_hidden_layers\": 2, \"head_dim\": 3, "
            + "\"num_key_value_heads\": 2")]
    [InlineData(
        "\"_pre_quantization_dtype\": \"bfloat16\", \"dtype\": \"bfloat16\", \"torch_dtype\": \"float16\", "
            + "\"transformers_version\": null")]
    [InlineData(
        "\"tie_encoder_decoder\": false, \"chunk_size_feed_forward\": 0, \"use_bfloat16\": false, \"properties\": "
            + "{\"europe\": 1}")]
    [InlineData(
        "\"eos_token_id\": [1, 3], \"bos_token_id\": 7, \"id2label\": {\"0\": \"x\"}, \"problem_type\": null, "
            + "\"my_own_key\": [1]")]
    public void Parse_OtherKeys_HaveNoEffect(string keys) =>
        Check(Parse($"{Sizes}, {keys}"), Stored(false, "none"), "relu.tied.scaled");

    [Theory]
    [InlineData("1", 1)]
    [InlineData("[1]", 1)]
    [InlineData("[5, 1, 17]", 5, 1, 17)]
    [InlineData("null", 1)]
    public void Parse_EndIds_AreOneOrAList(string value, params int[] expected)
    {
        T5Config config = Parse($"{Sizes}, \"eos_token_id\": {value}");
        Assert.Equal(expected, (int[])[config.EndOfSequenceId, .. config.OtherEndIds]);
        T5Config again = T5Config.Parse(config.ToJson(), "config.json");
        Assert.Equal(expected, (int[])[again.EndOfSequenceId, .. again.OtherEndIds]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[1, 24]")]
    [InlineData("[1, -1]")]
    [InlineData("[\"1\"]")]
    [InlineData("[[1]]")]
    public void Parse_WrongEndIds_AreRefused(string value)
        => Assert.Contains("'eos_token_id", Refused($"{Sizes}, \"eos_token_id\": {value}"), StringComparison.Ordinal);

    [Fact]
    public void Generate_EveryEndId_EndsASequence()
    {
        using ReferenceBackend backend = new();
        using TensorScope scope = new();
        T5Config config = Parse(Sizes);
        // A model this small mostly repeats itself.
        int[] source = [], free = [];
        for (int id = 2; id < 24 && free.Distinct().Count() < 2; id++)
        {
            source = [id, 17, 3, 9];
            free = Generate(config, stop: false);
        }
        int last = Array.FindIndex(free, id => id != free[0]);
        int unused = Enumerable.Range(0, 24).First(id => !free.Contains(id));
        T5Config ended = config with { EndOfSequenceId = unused, OtherEndIds = [free[last]] };
        Assert.Equal(free[..(last + 1)], Generate(ended, stop: true));

        int[] Generate(T5Config of, bool stop)
        {
            using T5Model model = T5Model.Load(of, Stored(false, "own"), backend);
            using Tape tape = new(backend, recording: false);
            SequenceOffsets rows = SequenceOffsets.FromLengths([source.Length]);
            return model.Generate(model.Encode(tape, model.Embed(tape, source), rows).Value, rows, 12, stop)[0];
        }
    }

    private static T5Config ConfigOf(string family, string writer)
    {
        (string four, string five, string activation, bool gated) = s_families[family];
        string rest = s_writers[writer].Replace("{0}", activation, StringComparison.Ordinal)
            .Replace("{1}", gated ? "true" : "false", StringComparison.Ordinal);
        return Parse(Sizes + (writer == "5.x" ? five : four) + rest);
    }

    // Of a key that comes twice the last counts, so a case may put its own after the sizes.
    private static T5Config Parse(string members) =>
        T5Config.Parse(Encoding.UTF8.GetBytes($"{{{members}}}"), "config.json");

    private static string Refused(string members) => Assert.Throws<T5FormatException>(() => Parse(members)).Message;

    private static Checkpoint Stored(bool gated, string head)
    {
        Checkpoint stored = Checkpoint.Of(Fixture.PathOf("family", "weights.safetensors"));
        string[] others = gated ? [".wi.weight"] : [".wi_0.weight", ".wi_1.weight"];
        stored.Without([.. stored.Entries.Select(static entry => entry.Name).Where(name => others.Any(name.EndsWith))]);
        if (head is "none" or "equal") stored.Without("lm_head.weight");
        if (head == "equal")
            stored.Copy("shared.weight", "lm_head.weight").Copy("shared.weight", "encoder.embed_tokens.weight");
        return head == "madlad" ? stored.Renamed("shared.weight", "decoder.embed_tokens.weight") : stored;
    }

    private static (string[] Notes, string[] Warnings) Check(T5Config config, ITensorSource stored, string expected)
    {
        (string[], string[]) said = ([], []);
        using ITensorSource golden = TensorFiles.Open(Fixture.PathOf("family", "golden.safetensors"));
        int[] source = golden.ReadInt32("source"), target = golden.ReadInt32("target");
        foreach ((
            IBackend backend,
            double tolerance) in (ReadOnlySpan<(IBackend, double)>)[
                (new ReferenceBackend(), 1e-12), (new CpuBackend(1), 2e-5)])
        {
            using (backend)
            {
                using TensorScope scope = new();
                using T5Model model = T5Model.Load(config, stored, backend);
                using Tape tape = new(backend, recording: false);
                SequenceOffsets rows = SequenceOffsets.FromLengths([source.Length]);
                Variable states = model.Encode(tape, model.Embed(tape, source), rows);
                Numbers.Near(
                    golden.ReadDoubles($"{expected.Split('.')[0]}.states"), states.Value.ToDoubles(), tolerance,
                    "states");
                Variable logits = model.Decode(tape, TargetBatch.Create([target], [target]), states, rows);
                Numbers.Near(golden.ReadDoubles($"{expected}.logits"), logits.Value.ToDoubles(), tolerance, expected);
                said = ([.. model.Notes], [.. model.Warnings]);
            }
        }
        return said;
    }
}
