using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrossPT.TestKit;
using CrossPT.Transformer.Tests.T5;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>Added tokens, and the steps around a model, against what Hugging Face's library gives.</summary>
public class AddedTokenTests
{
    [Theory]
    [InlineData("first")]
    [InlineData("plain")]
    [InlineData("spaces")]
    [InlineData("ids")]
    public void Encode_TokenizersOfFixtures_EqualsHuggingFace(string name)
    {
        SentencePieceTokenizer sut = SentencePieceTokenizer.Load(Fixture.PathOf("tokenizers", name));
        Assert.All(File.ReadLines(Fixture.PathOf("tokenizers", name, "expected.jsonl")), line =>
        {
            using JsonDocument row = JsonDocument.Parse(line);
            int[] expected = [.. row.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            string text = row.RootElement.GetProperty("text").GetString()!;
            Assert.Equal(expected, sut.Encode(text, EncodeOptions.ModelInput));
        });
    }

    [Theory]
    [InlineData("", "a<y>b", 4, 10, 6)]
    [InlineData("\"lstrip\": true", "a <y> a", 4, 10, 4)]
    [InlineData("\"rstrip\": true", "a <y> b", 4, 3, 10, 6)]
    [InlineData("\"rstrip\": true, \"lstrip\": true", "a  <y>\n<y> ", 4, 10, 10)]
    public void Encode_AddedToken_TakesTheSpacesThatItsFlagsSay(string flags, string text, params int[] expected)
    {
        SentencePieceTokenizer sut = WithToken("<y>", flags);
        Assert.Equal(expected, sut.Encode(text, EncodeOptions.SpecialPieces));
    }

    [Theory]
    [InlineData("b a.", true)]
    [InlineData("a.", true)]
    [InlineData("ba.", false)]
    [InlineData("a.b", false)]
    [InlineData("_a.", false)]
    [InlineData("\u0e01\u0e31a.", false)]
    public void Encode_WholeWord_IsNotFoundInsideAnother(string text, bool isFound)
    {
        SentencePieceTokenizer sut = WithToken("a.", "\"single_word\": true");
        Assert.Equal(isFound, sut.Encode(text, EncodeOptions.SpecialPieces).Contains(10));
    }

    [Theory]
    [InlineData("TokenizersBackend")]
    [InlineData("SentencePieceBackend")]
    public void Load_ClassesOfTransformers5_Loads(string name)
    {
        SentencePieceTokenizer sut = LoadIds($"\"tokenizer_class\": \"{name}\"");
        Assert.Equal([601, 600, 602, 1], sut.Encode("<A>{<B>", EncodeOptions.ModelInput));
    }

    [Theory]
    [InlineData("\"extra_special_tokens\": [\"<Z>\"]")]
    [InlineData("\"extra_special_tokens\": { \"image_token\": \"<Z>\" }")]
    [InlineData("\"additional_special_tokens\": [\"<B>\", { \"content\": \"<Z>\" }]")]
    public void Load_SpecialTokensWithoutIds_FollowThoseWithIds(string settings) =>
        Assert.Equal([601, 603], LoadIds(settings).Encode("<A><Z>", EncodeOptions.SpecialPieces));

    [Theory]
    [InlineData("\"legacy\": false", "legacy")]
    [InlineData("\"added_tokens_decoder\": [1]", "added_tokens_decoder")]
    [InlineData("\"added_tokens_decoder\": { \"604\": { \"content\": \"<q>\" } }", "added token 604")]
    [InlineData("\"added_tokens_decoder\": { \"5\": { \"content\": \"<q>\" } }", "added token 5")]
    [InlineData("\"added_tokens_decoder\": { \"x\": { \"content\": \"<q>\" } }", "added_tokens_decoder.x")]
    [InlineData("\"added_tokens_decoder\": { \"600\": { \"content\": \"q\", \"single_word\": true } }", "single_word")]
    public void Load_WhatWouldChangeIds_IsRefusedByName(string settings, string named)
    {
        TokenizerFormatException error = Assert.Throws<TokenizerFormatException>(() => LoadIds(settings));
        Assert.Contains(named, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("\"post_processor\":{\"type\":\"BertProcessing\"},\"decoder\"", "post_processor")]
    [InlineData("""
        "post_processor": { "type": "TemplateProcessing",
          "single": [{ "SpecialToken": { "id": "<x>" } }, { "Sequence": { "id": "A" } }] }, "decoder"
        """, "post_processor.single[0]")]
    public void Load_PostProcessorThatAddsOtherTokens_IsRefused(string settings, string place)
    {
        string json = File.ReadAllText(Fixture.PathOf("tokenizers", "spaces", "tokenizer.json"));
        json = json.Replace("\"post_processor\"", "\"old\"").Replace("\"decoder\"", settings);
        TokenizerFormatException error = Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Create(
            "tokenizer.json", Encoding.UTF8.GetBytes(json), TokenizerConfigFile.Default));
        Assert.Equal(place, error.Place);
    }

    [Fact]
    public void Load_AddedTokensFile_GivesTheIds()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.Copy(Fixture.PathOf("tokenizers", "ids", "spiece.model"), Path.Combine(folder, "spiece.model"));
            File.WriteAllText(Path.Combine(folder, "added_tokens.json"), """{ "<q>": 701, "{": 700 }""");
            SentencePieceTokenizer sut = SentencePieceTokenizer.Load(folder);
            Assert.Equal([701, 700, 699], sut.Encode("<q>{<extra_id_0>", EncodeOptions.SpecialPieces));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"legacy\": true }")]
    [InlineData("{ \"legacy\": false }")]
    public void Load_FolderWithBothFiles_IsTheFastTokenizers(string config)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string json = Fixture.PathOf("tokenizers", "spaces", "tokenizer.json");
            File.Copy(Fixture.PathOf("tokenizers", "ids", "spiece.model"), Path.Combine(folder, "spiece.model"));
            File.Copy(json, Path.Combine(folder, "tokenizer.json"));
            if (config.Length > 0) File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
            const string Text = "two  words";
            int[] expected = SentencePieceTokenizer.Load(json).Encode(Text, EncodeOptions.ModelInput);
            Assert.Equal(expected, SentencePieceTokenizer.Load(folder).Encode(Text, EncodeOptions.ModelInput));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SentencePieceTokenizer WithToken(string text, string flags)
    {
        string json = File.ReadAllText(Fixture.PathOf("tokenizers", "spaces", "tokenizer.json"));
        const string Key = "\"added_tokens\":[";
        Assert.Contains(Key, json);
        string rest = flags.Length == 0 ? "" : ", " + flags;
        json = json.Replace(Key, $$"""{{Key}}{ "id": 10, "content": "{{text}}"{{rest}} }, """);
        return TokenizerLoader.Create("tokenizer.json", Encoding.UTF8.GetBytes(json), TokenizerConfigFile.Default);
    }

    /// <summary>
    /// The fixture with ids of added tokens, with one more setting or one setting in place of its own.
    /// </summary>
    private static SentencePieceTokenizer LoadIds(string settings)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(
            Fixture.PathOf("tokenizers", "ids", "tokenizer_config.json")))!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse($"{{{settings}}}")!.AsObject())
        {
            config[key] = value!.DeepClone();
        }

        return TokenizerLoader.Create(
            "spiece.model",
            File.ReadAllBytes(Fixture.PathOf("tokenizers", "ids", "spiece.model")),
            TokenizerConfigFile.Read("tokenizer_config.json", Encoding.UTF8.GetBytes(config.ToJsonString())));
    }
}
