using System.Text;
using CrossPT.Tensors;
using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.T5;

public sealed class T5ConfigTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-config-");

    private string File => Path.Combine(_folder.FullName, "config.json");

    public static TheoryData<string, int> IntegerKeys => new()
    {
        { "vocab_size", 1 }, { "d_model", 1 }, { "d_kv", 1 }, { "d_ff", 1 }, { "num_layers", 1 },
        { "num_decoder_layers", 1 }, { "num_heads", 1 },
        { "relative_attention_num_buckets", 4 }, { "relative_attention_max_distance", 17 }, { "pad_token_id", 0 },
        { "eos_token_id", 0 },
        { "decoder_start_token_id", 0 },
    };

    [Fact]
    public void Parse_NoKeys_HasHuggingFaceDefaults()
    {
        T5Config config = Parse("{}");
        Assert.Equal(new T5Config(), config);
        Assert.Equal(
            (32128, 512, 64, 2048, 6, 6, 8, 32, 128),
            (config.VocabularySize, config.ModelWidth, config.HeadWidth, config.FeedForwardWidth, config.EncoderLayers,
                config.DecoderLayers, config.Heads, config.RelativeBuckets, config.RelativeMaxDistance));
        Assert.Equal(
            (1e-6, 0.1, 1.0, false, true, 0, 1, 0),
            (config.Epsilon, config.DropoutRate, config.InitializerFactor, config.IsGated,
            config.TieWordEmbeddings, config.PadId, config.EndOfSequenceId, config.DecoderStartId));
    }

    // transformers' MT5Config: an mT5 small.
    [Fact]
    public void Parse_NoKeysOfAnMT5_HasItsOwnDefaults()
    {
        T5Config config = Parse("""{"model_type": "mt5"}""");
        Assert.Equal(
            new T5Config
            {
                VocabularySize = 250112,
                FeedForwardWidth = 1024,
                EncoderLayers = 8,
                DecoderLayers = 8,
                Heads = 6,
                IsGated = true,
                TieWordEmbeddings = false,
            }, config);
        Assert.Equal(
            (12, true),
            (Parse("""{"model_type": "mt5", "num_heads": 12, "tie_word_embeddings": true}""") is var said
                ? (said.Heads, said.TieWordEmbeddings)
                : default));
    }

    [Fact]
    public void Parse_DefaultsThatFollowOtherKeys_FollowThem()
    {
        Assert.Equal(9, Parse("""{"num_layers": 9}""").DecoderLayers);
        Assert.Equal(4, Parse("""{"pad_token_id": 4}""").DecoderStartId);
        Assert.Equal(
            (3, 4),
            (
                Parse("""{"num_layers": 4, "num_decoder_layers": 3}""").DecoderLayers,
                Parse("""{"num_layers": 4, "num_decoder_layers": 3}""").EncoderLayers));
    }

    [Fact]
    public void Parse_NullValues_AreAbsentOnes()
        => Assert.Equal(new T5Config(), Parse("""
            {"pad_token_id": null, "eos_token_id": null, "decoder_start_token_id": null, "num_decoder_layers": null,
            "tie_word_embeddings": null,
             "feed_forward_proj": null, "model_type": null, "layer_norm_epsilon": null}
            """));

    [Fact]
    public void Parse_UnknownKeysAndNesting_AreLeftAlone()
        => Assert.Equal(
            8,
            Parse(
                """
                    {"task_specific_params": {"x": [1, {"y": null}]}, "num_heads": 8, "d_model_x": -1,
                    "_name_or_path": "Ünï\n"}
                    """).Heads);

    [Theory]
    [MemberData(nameof(IntegerKeys))]
    public void Parse_WrongInteger_NamesKeyFoundAndExpected(string key, int least)
    {
        foreach (string value in (string[])[
            "-1", "-2147483649", "1e30", "99999999999999999999999", "2147483648", "16777217", "1.5", "\"12\"", "true",
            "{}",
            .. key == "eos_token_id" ? (string[])[] : ["[3]"],
            .. least == 0 ? (string[])[] : ["0"], (least - 1).ToString()])
            Refused($"{{\"{key}\": {value}}}", $"key '{key}' is {value}, expected a whole number from {least} to ");
        Assert.NotNull(Parse($"{{\"{key}\": {least + (key == "vocab_size" ? 1 : 0)}}}"));
    }

    [Theory]
    [InlineData("layer_norm_epsilon")]
    [InlineData("dropout_rate")]
    [InlineData("initializer_factor")]
    public void Parse_WrongNumber_NamesKeyFoundAndExpected(string key)
    {
        foreach (string value in (string[])["-1", "-1e-9", "1e300", "1e999", "\"0.1\"", "false", "[0.1]", "{}"])
            Refused($"{{\"{key}\": {value}}}", $"key '{key}' is {value}, expected a number from 0 to ");
    }

    [Theory]
    [InlineData("tie_word_embeddings", "1", "true or false")]
    [InlineData("tie_word_embeddings", "\"true\"", "true or false")]
    [InlineData("feed_forward_proj", "\"gated-tanh\"", "\"relu\", \"gelu_new\", \"gelu\" or \"silu\"")]
    [InlineData("feed_forward_proj", "\"gated\"", "\"relu\", \"gelu_new\", \"gelu\" or \"silu\"")]
    [InlineData("feed_forward_proj", "\"\"", "\"relu\", \"gelu_new\", \"gelu\" or \"silu\"")]
    [InlineData("dense_act_fn", "\"gated-gelu\"", "\"relu\", \"gelu_new\", \"gelu\" or \"silu\"")]
    [InlineData("scale_decoder_outputs", "1", "true or false")]
    [InlineData("is_gated_act", "\"no\"", "true or false")]
    [InlineData("feed_forward_proj", "7", "text")]
    [InlineData("model_type", "\"bert\"", "\"t5\" or \"mt5\"")]
    [InlineData("model_type", "[\"t5\"]", "\"t5\" or \"mt5\"")]
    public void Parse_WrongSwitch_NamesKeyFoundAndExpected(string key, string value, string expected)
        => Refused($"{{\"{key}\": {value}}}", $"key '{key}' is {value}, expected {expected}");

    [Theory]
    [InlineData(
        """{"vocab_size": 10, "eos_token_id": 10}""", "key 'eos_token_id' is 10, expected a whole number from 0 to 9")]
    [InlineData("""{"vocab_size": 10, "pad_token_id": 10}""", "key 'pad_token_id' is 10")]
    [InlineData(
        """{"relative_attention_num_buckets": 64, "relative_attention_max_distance": 32}""",
        "key 'relative_attention_max_distance' is 32, expected a whole number from 33")]
    [InlineData("""{"num_heads": 4096, "d_kv": 16384}""", "key 'num_heads' is 4096 heads of d_kv 16384")]
    public void Parse_KeysThatDoNotFitTogether_AreRefused(string json, string expected) => Refused(json, expected);

    [Theory]
    [InlineData("", "is no JSON at line 1")]
    [InlineData("   ", "is no JSON at line 1")]
    [InlineData("{", "is no JSON at line 1")]
    [InlineData("{\n  \"d_model\": 5,\n  oops\n}", "is no JSON at line 3")]
    [InlineData("{\"d_model\": 5,}", "is no JSON at line 1")]
    [InlineData("{} {}", "is no JSON at line 1")]
    [InlineData("[]", "of kind Array, expected an object")]
    [InlineData("\"t5\"", "of kind String, expected an object")]
    [InlineData("null", "of kind Null, expected an object")]
    public void Parse_NoObject_SaysWhere(string json, string expected) => Refused(json, expected);

    [Fact]
    public void Parse_InvalidUtf8_IsRefusedWhereverItStands()
    {
        foreach (string json in (string[])[
            "{\"model_type\": \"t5?\"}", "{\"_name_or_path\": \"?\"}", "{\"?\": 1}", "?"])
        {
            byte[] bytes = Encoding.ASCII.GetBytes(json);
            bytes[Array.IndexOf(bytes, (byte)'?')] = 0xC3;
            Refused(bytes, "UTF-8");
        }
        // Half of a surrogate pair, escaped: valid UTF-8, no text.
        Refused("""{"model_type": "\ud800"}""", "is no JSON that can be read");
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Refused(string.Concat(Enumerable.Repeat("{\"a\":", 5000)), "is no JSON");

    [Fact]
    public void Parse_LongOrManyLinedValues_AreShownShortAndOnOneLine()
    {
        Refused("{\"model_type\": \"" + new string('x', 100_000) + "\"}", "key 'model_type' is \"xxx");
        Refused("{\"d_model\": [\n1,\r\n2\n]}", "key 'd_model' is [ 1,  2 ]");
        Refused("""{"feed_forward_proj": "a\nb"}""", "feed_forward_proj");
    }

    [Fact]
    public void Load_NoFileFolderEmptyOrTooLong_IsRefused()
    {
        Refused(() => T5Config.Load(_folder.FullName), "does not exist");
        Refused(() => T5Config.Load(File), "does not exist");
        Directory.CreateDirectory(File);
        Refused(() => T5Config.Load(_folder.FullName), "is a folder, expected");
        Directory.Delete(File);
        System.IO.File.WriteAllBytes(File, []);
        Refused(() => T5Config.Load(_folder.FullName), "is no JSON");
        System.IO.File.WriteAllBytes(File, new byte[(1 << 20) + 1]);
        Refused(() => T5Config.Load(_folder.FullName), "at most 1 MiB");
        System.IO.File.WriteAllText(File, "{\"d_model\": 8}");
        Assert.Equal(8, T5Config.Load(_folder.FullName).ModelWidth);
        Assert.Equal(8, T5Config.Load(File).ModelWidth);
    }

    [Fact]
    public void ToJson_EveryKeyChanged_IsReadAgain()
    {
        T5Config config = new()
        {
            VocabularySize = 77, ModelWidth = 11, HeadWidth = 3, FeedForwardWidth = 13, EncoderLayers = 2,
            DecoderLayers = 5, Heads = 7, RelativeBuckets = 10,
            RelativeMaxDistance = 21, Epsilon = 3e-5, DropoutRate = 0.25, InitializerFactor = 0.5, IsGated = true,
            TieWordEmbeddings = false, PadId = 2,
            EndOfSequenceId = 3, DecoderStartId = 4, ScaleDecoderOutputs = true,
        };
        Assert.Equal(config, T5Config.Parse(config.ToJson(), "x"));
        Assert.Throws<ArgumentException>(() => config with { Activation = Activation.Sigmoid });
        foreach (Activation activation in Enum.GetValues<Activation>().Except([Activation.Sigmoid]))
        {
            foreach (bool gated in (bool[])[false, true])
            {
                T5Config read = T5Config.Parse(
                    (config with { IsGated = gated, Activation = activation }).ToJson(), "x");
                Assert.Equal((gated, activation), (read.IsGated, read.Activation));
            }
        }
        foreach (string preset in T5Config.PresetNames)
            Assert.Equal(T5Config.Preset(preset), T5Config.Parse(T5Config.Preset(preset).ToJson(), "x"));
        Assert.Contains(
            "t5-small", Assert.Throws<ArgumentException>(() => T5Config.Preset("t6")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PublishedConfigurations_AreReadAsTheyAre()
    {
        string[] files = Directory.GetFiles(SharedFolder.Path("t5/configs"), "*.json");
        Assert.NotEmpty(files);
        foreach (string file in files) Assert.Equal(64, T5Config.Load(file).HeadWidth);
        Assert.Equal(T5Config.Preset("t5-small"), T5Config.Load(SharedFolder.Path("t5/configs/t5-small.config.json")));
        Assert.Equal(T5Config.Preset("t5-base"), T5Config.Load(SharedFolder.Path("t5/configs/t5-base.config.json")));
        Assert.Equal(
            T5Config.Preset("t5-base"), T5Config.Load(SharedFolder.Path("t5/configs/t5-base.hf-original.config.json")));
        Assert.Equal(
            T5Config.Preset("t5-v1_1-base"), T5Config.Load(SharedFolder.Path("t5/configs/t5-v1_1-base.config.json")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static T5Config Parse(string json) => T5Config.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    private static void Refused(string json, string expected) => Refused(Encoding.UTF8.GetBytes(json), expected);

    private static void Refused(byte[] json, string expected) =>
        Refused(() => T5Config.Parse(json, "config.json"), expected);

    private static void Refused(Action action, string expected)
    {
        string message = Assert.Throws<T5FormatException>(action).Message;
        Assert.Contains("config.json ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 20, 400);
    }
}
