using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

public class HuggingFaceTokenizerFileTests
{
    private const string Metaspace = """{ "type": "Metaspace", "replacement": "\u2581", "add_prefix_space": true }""";
    private const string Split =
        """{ "type": "Sequence", "pretokenizers": [{ "type": "WhitespaceSplit" }, """ + Metaspace + "] }";
    private const string Model = """
        { "type": "Unigram", "unk_id": 1, "vocab": [["</s>", 0], ["<unk>", 0], ["\u2581", -2.5], ["a", -1], ["\u2581b",
        -1.5]] }
        """;

    private static string File(
        string model = Model, string normalizer = "null", string preTokenizer = Split,
        string added = """[{ "id": 0, "content": "</s>", "special": true }]""") =>
        $$"""
            { "added_tokens": {{added}}, "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}},
            "model": {{model}} }
            """;

    private static SentencePieceTokenizer Load(string json) =>
        TokenizerLoader.Create("tokenizer.json", Encoding.UTF8.GetBytes(json), TokenizerConfigFile.Default);

    [Fact]
    public void Load_SmallFile_EncodesAsItSays()
    {
        SentencePieceTokenizer sut = Load(File());
        Assert.Equal((5, 0, 1, -1), (sut.VocabularySize, sut.EndOfSequenceId, sut.UnknownId, sut.PadId));
        Assert.Equal([2, 3, 3, 4, 0], sut.Encode("  aa  b ", EncodeOptions.EndOfSequence));
    }

    [Fact]
    public void Load_AddedTokensAfterTheVocabulary_GetTheirIds()
    {
        SentencePieceTokenizer sut = Load(
            File(added: """[{ "id": 6, "content": "<y>", "special": true }, { "id": 5, "content": "<x>" }]"""));
        Assert.Equal(7, sut.VocabularySize);
        Assert.Equal([2, 3, 6, 2, 3], sut.Encode("a<y>a", EncodeOptions.SpecialPieces));
        Assert.Equal([2, 5, 3], sut.Encode("<x>a"));
    }

    [Fact]
    public void Load_NewerT5Normalizer_IsUnderstood()
    {
        string map = Convert.ToBase64String(ModelWriter.CharsMap(("\t", " ")));
        SentencePieceTokenizer sut = Load(File(
            normalizer: $$"""
                { "type": "Sequence", "normalizers": [{ "type": "Precompiled", "precompiled_charsmap": "{{map}}" },
                  { "type": "Strip", "strip_left": false, "strip_right": true },
                  { "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": "\u2581" }] }
                """,
            preTokenizer: """
                { "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true }
                """));
        Assert.Equal([2, 3, 4], sut.Encode("a\t\tb\t"));
    }

    [Fact]
    public void Load_MetaspaceWithoutPrefix_AddsNone() =>
        Assert.Equal(
            [3], Load(File(preTokenizer: """{ "type": "Metaspace", "add_prefix_space": false }""")).Encode("a"));

    public static TheoryData<string, string, string> Refused => new()
    {
        { File(model: """{ "type": "BPE", "vocab": {}, "merges": [] }"""), "model.type", "'BPE'" },
        { File(model: """{ "vocab": {}, "merges": [] }"""), "model.type", "'BPE'" },
        { File(model: """{ "type": "WordPiece" }"""), "model.type", "'WordPiece'" },
        { File(model: """{ "type": "Unigram", "vocab": [] }"""), "model.unk_id", "nothing" },
        { File(model: """{ "type": "Unigram", "unk_id": 7, "vocab": [["a", -1]] }"""), "model.unk_id", "7" },
        { File(model: """{ "type": "Unigram", "unk_id": 0, "vocab": {} }"""), "model.vocab", "an object" },
        {
            File(model: """{ "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a"]] }"""), "model.vocab[1]",
            "[\"a\"]" },
        {
            File(model: """{ "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["", 0]] }"""), "model.vocab[1]",
            "an empty piece" },
        {
            File(model: """{ "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", 1e999]] }"""),
            "model.vocab[1]", "the score" },
        {
            File(model: """{ "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["\ud800", -1]] }"""),
            "model.vocab[1][0]", "not valid Unicode" },
        { File(normalizer: """{ "type": "NFKC" }"""), "normalizer", "'NFKC'" },
        {
            File(normalizer: """{ "type": "Sequence", "normalizers": [{ "type": "Lowercase" }] }"""),
            "normalizer.normalizers[0]", "'Lowercase'" },
        {
            File(normalizer: """{ "type": "Replace", "pattern": { "String": "a" }, "content": "b" }"""), "normalizer",
            "'Replace'" },
        {
            File(normalizer: """{ "type": "Precompiled", "precompiled_charsmap": "!" }"""),
            "normalizer.precompiled_charsmap", "base64" },
        {
            File(normalizer: """{ "type": "Precompiled", "precompiled_charsmap": "AAAAAAAA" }"""),
            "normalizer.precompiled_charsmap", "a trie of 0 bytes" },
        { File(preTokenizer: "null"), "pre_tokenizer", "no Metaspace" },
        { File(preTokenizer: """{ "type": "ByteLevel" }"""), "pre_tokenizer", "'ByteLevel'" },
        { File(preTokenizer: """{ "type": "Metaspace", "replacement": "_" }"""), "pre_tokenizer.replacement", "'_'" },
        { File(added: """[{ "id": 2, "content": "x" }]"""), "model.vocab[2]", "'\u2581'" },
        { File(added: """[{ "id": 9, "content": "x" }]"""), "added_tokens", "id 9" },
        { File(added: """[{ "id": -5, "content": "x" }]"""), "added_tokens[0].id", "-5" },
        { File(added: """[{ "id": 5 }]"""), "added_tokens[0].content", "nothing" },
        { "{}", "model", "nothing" },
        { "[]", "", "a list" },
        { "{ \"model\": ", "line 1", "not JSON" },
        { "", "", "an empty file" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Load_WhatIsNotSupported_IsRefusedWithPlaceAndFinding(string json, string place, string found)
    {
        TokenizerFormatException error = Assert.Throws<TokenizerFormatException>(() => Load(json));
        Assert.StartsWith(place, error.Place);
        Assert.Contains(found, error.Found);
    }
}
