using System.Text.Json;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Commands;

public sealed class GenerateCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_GiveTextAndKeepOtherFields()
    {
        string[] lines = Generate(
            "{\"n\":1,\"text\":\"Hello\"}\n{\"text\":\"A longer line of text\",\"n\":2}\n{\"text\":\"\"}\n").Output
                .TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal(1, JsonDocument.Parse(lines[0]).RootElement.GetProperty("n").GetInt32());
        Assert.All(
            lines,
            line => Assert.Equal(
                JsonValueKind.String, JsonDocument.Parse(line).RootElement.GetProperty("text").ValueKind));
        Assert.NotEqual("", JsonDocument.Parse(lines[0]).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void Batch_ChangesNothing()
    {
        string input = string.Concat(
            Enumerable.Range(0, 7).Select(i => $"{{\"text\":\"{new string('a', i)} word\"}}\n"));
        string together = Generate(input).Output;
        Assert.Equal(together, Generate(input, "--batch", "1").Output);
        Assert.Equal(together, Generate(input, "--batch", "3").Output);
    }

    [Fact]
    public void Prompt_IsReadAndUsed()
    {
        string prompt = Path.Combine(_folder.FullName, "prompt.safetensors");
        Dictionary<string, TinyModel.Stored> tensors = new()
        {
            ["prompt"] = TinyModel.Stored.Of(
                [.. Enumerable.Range(0, 4 * TinyModel.Width).Select(i => 9 * MathF.Cos(i))], 4, TinyModel.Width),
        };
        TinyModel.Save(tensors, prompt);
        const string input = "{\"text\":\"Hello\"}\n{\"text\":\"world of words\"}\n{\"text\":\"x\"}";
        CliRun run = Generate(input, "--prompt", prompt);
        Assert.Equal(0, run.Code);
        Assert.NotEqual(Generate(input).Output, run.Output);
        tensors["prompt"] = TinyModel.Stored.Of(new float[8], 4, 2);
        TinyModel.Save(tensors, prompt);
        Generate(input, "--prompt", prompt).AssertBadInput("prompt.safetensors", "2 wide, expected 16");
    }

    [Fact]
    public void BadLine_EndsTheCommandAfterTheEarlierOnes()
    {
        CliRun run = Generate("{\"text\":\"a\"}\n{\"text\":\"b\"}\n[]\n");
        Assert.Equal(2, run.Code);
        Assert.Equal(2, run.Output.TrimEnd('\n').Split('\n').Length);
        run.AssertOneLine("standard input:3: found a list");
    }

    [Fact]
    public void Token_OutsideTheVocabulary_IsBadInput()
    {
        WriteModel(vocabulary: 100);
        CliRun run = CliRun.With("{\"text\":\"unusual\"}", "generate", "--model", _folder.FullName);
        run.AssertBadInput("outside the model's vocabulary, expected 0 to 99");
    }

    [Fact]
    public void Folder_WithoutTokenizer_IsBadInput()
    {
        TinyModel.Write(_folder.FullName);
        CliRun.Of("generate", "--model", _folder.FullName).AssertBadInput("spiece.model");
    }

    [Theory]
    [InlineData("--max-tokens", "0")]
    [InlineData("--max-tokens", "-1")]
    [InlineData("--max-tokens", "100000")]
    [InlineData("--batch", "0")]
    public void Number_OutOfRange_IsBadInput(string option, string value) =>
        CliRun.Of("generate", "--model", _folder.FullName, option, value).AssertBadInput(option, $"'{value}'");

    private CliRun Generate(string input, params string[] more)
    {
        WriteModel(vocabulary: 32128);
        return CliRun.With(
            input, ["generate", "--model", _folder.FullName, "--max-tokens", "5", "--threads", "1", .. more]);
    }

    private void WriteModel(int vocabulary)
    {
        if (File.Exists(Path.Combine(_folder.FullName, "config.json"))) return;
        TinyModel.Write(_folder.FullName, vocabulary: vocabulary);
        File.Copy(SharedFolder.Path("t5", "spiece.model"), Path.Combine(_folder.FullName, "spiece.model"));
    }
}
