using System.Text.Json;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Commands;

public sealed class TokenizeCommandTests
{
    [Fact]
    public void Golden_IsMatchedLineByLine()
    {
        string golden = SharedFolder.Path("fixtures", "tokenizer.jsonl");
        CliRun run = CliRun.Of("tokenize", "--model", SharedFolder.Path("t5", "spiece.model"), "--input", golden);
        Assert.Equal(0, run.Code);
        string[] expected = File.ReadAllLines(golden), actual = run.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            JsonElement wanted = JsonDocument.Parse(expected[i]).RootElement;
            JsonElement found = JsonDocument.Parse(actual[i]).RootElement;
            Assert.Equal(["ids", "pieces"], found.EnumerateObject().Select(member => member.Name));
            Assert.Equal(
                wanted.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()),
                found.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
            Assert.Equal(
                wanted.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()),
                found.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()));
        }
    }

    [Fact]
    public void Special_RecognisesPiecesAndEnds()
    {
        Assert.Equal(
            "{\"n\":1,\"ids\":[8774,32099,3,5,1],\"pieces\":[\"▁Hello\",\"<extra_id_0>\",\"▁\",\".\",\"</s>\"]}\n",
            Tokenize("""
            {"text":"Hello <extra_id_0>.","n":1}
            """, "--special").Output);
        Assert.Equal("{\"ids\":[],\"pieces\":[]}\n", Tokenize("""{"text":""}""").Output);
    }

    [Fact]
    public void Pieces_OddCharacters_CanBeReadBack()
    {
        CliRun run = Tokenize("""{"text":"a\"\\ \ud83d\ude00{\u0085\u2028<b>\u6f22'&"}""");
        string[] pieces = [.. run.Json.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!)];
        Assert.Equal("\u2581a\"\\\u2581\ud83d\ude00{\u0085\u2581<b>\u6f22'&", string.Concat(pieces));
        Assert.Equal(pieces.Length, run.Json.GetProperty("ids").GetArrayLength());
    }

    [Fact]
    public void BadLine_EndsTheCommandAfterTheEarlierOnes()
    {
        CliRun run = Tokenize("{\"text\":\"a\"}\n{\"text\":\"a\"}\n{\"txt\":\"a\"}\n{\"text\":\"a\"}\n");
        Assert.Equal(2, run.Code);
        Assert.Equal(string.Concat(Enumerable.Repeat("{\"ids\":[3,9],\"pieces\":[\"▁\",\"a\"]}\n", 2)), run.Output);
        run.AssertOneLine("standard input:3: no \"text\"");
    }

    [Fact]
    public void LongLine_Works()
    {
        CliRun run = Tokenize($$"""{"text":"{{new string('x', 100_000)}}"}""");
        Assert.Equal(0, run.Code);
        Assert.NotEqual(0, run.Json.GetProperty("ids").GetArrayLength());
    }

    [Fact]
    public void Input_MissingOrAFolder_IsBadInput()
    {
        string model = SharedFolder.Path("t5");
        CliRun.Of("tokenize", "--model", model, "--input", "/none/x.jsonl")
            .AssertBadInput("/none/x.jsonl: no such file");
        CliRun.Of("tokenize", "--model", model, "--input", model).AssertBadInput("is a folder, expected a file");
    }

    [Fact]
    public void Model_MissingOrBroken_IsBadInput()
    {
        using TempFolder folder = new();
        CliRun.Of("tokenize", "--model", "/none").AssertBadInput("/none");
        CliRun.Of("tokenize", "--model", folder.FullName).AssertBadInput(folder.FullName, "spiece.model");
        CliRun.Of("tokenize", "--model", folder.Write("spiece.model", "")).AssertBadInput("spiece.model", "empty");
        CliRun.Of("tokenize", "--model", folder.Write("tokenizer.json", "{")).AssertBadInput("tokenizer.json");
    }

    private static CliRun Tokenize(string input, params string[] more) =>
        CliRun.With(input, ["tokenize", "--model", SharedFolder.Path("t5"), .. more]);
}
