using CrossPT.Runner.Demo;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Tests.Commands;

public sealed class NewModelCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_IsAModelWithItsTokenizerAndCard()
    {
        string model = Path.Combine(_folder.FullName, "model");
        CliRun run = CliRun.Of("new-model", "--like", "t5-small", "--tokenizer", "demo", "--out", model);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("random weights of t5-small's size", run.Output, StringComparison.Ordinal);
        T5Config config = T5Model.ReadConfig(model);
        SentencePieceTokenizer own = SentencePieceTokenizer.Load(DemoFiles.ModelFolder);
        Assert.Equal(
            (512, 32128, own.EndOfSequenceId), (config.ModelWidth, config.VocabularySize, config.EndOfSequenceId));
        Assert.Equal(own.Encode("mood yes or no :"), SentencePieceTokenizer.Load(model).Encode("mood yes or no :"));
        Assert.Contains("never trained", File.ReadAllText(Path.Combine(model, "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--like t5-smal --tokenizer x --out y", "'t5-smal'", "t5-small, t5-base")]
    [InlineData("--like t5-small --out y", "--tokenizer")]
    [InlineData("--like t5-small --tokenizer /none --out y", "/none")]
    [InlineData("--like t5-small --tokenizer /none --out /", "--out: / exists, expected a new folder")]
    public void BadUsage_IsRefused(string options, params string[] words) =>
        CliRun.Of(["new-model", .. options.Split(' ')]).AssertBadInput(words);
}
