using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;

namespace CrossPT.Runner.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "no command")]
    [InlineData("docter", "unknown command 'docter'", "nearest one is doctor")]
    [InlineData("bench", "no command, expected one of bench gemm")]
    [InlineData("bench gem", "unknown command 'bench gem'", "bench gemm")]
    [InlineData("doctor extra", "unexpected argument 'extra'")]
    [InlineData("doctor --jason", "doctor", "unknown option '--jason'", "--json")]
    [InlineData("doctor -x", "unknown option '-x'")]
    [InlineData("--thread 2 doctor", "unknown option '--thread'", "--threads")]
    [InlineData("doctor --threads", "--threads", "no value")]
    [InlineData("doctor --threads --json", "--threads", "no value")]
    [InlineData("doctor --threads=", "--threads", "found nothing")]
    [InlineData("doctor --threads two", "--threads", "'two'", "from 1 to 1024")]
    [InlineData("doctor --threads 0", "--threads", "'0'")]
    [InlineData("doctor --threads -1", "--threads", "'-1'")]
    [InlineData("doctor --threads 99999999999", "--threads", "'99999999999'")]
    [InlineData("doctor --threads 1 --threads 2", "--threads", "given twice")]
    [InlineData("doctor --json=yes", "--json", "expected no value")]
    [InlineData("doctor --device gpu", "--device", "'gpu'", "auto, cpu, cuda")]
    [InlineData("doctor --device cuda:99", "cuda:99", "no ")]
    [InlineData("doctor --device cuda:x", "'cuda:x'", "expected auto")]
    [InlineData("bench gemm --m 1 --n 1", "bench gemm", "no --k K")]
    public void BadUsage_IsOneLineAndCode2(string line, params string[] words) =>
        CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).AssertBadInput(words);

    [Fact]
    public void ControlCharacters_StayOnTheLine() => CliRun.Of("do\nc\rt\0or").AssertBadInput("do c\\u000dt\\u0000or");

    [Fact]
    public void Help_ListsEveryCommand()
    {
        CliRun run = CliRun.Of("--help");
        Assert.Equal(0, run.Code);
        Assert.All(CommandTable.All, entry => Assert.Contains($"  {entry.Name} ", run.Output));
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void Help_OfEveryCommand_ShowsItsOptionsWithDefaults() => Assert.All(CommandTable.All, entry =>
    {
        CliRun run = CliRun.Of([.. entry.Name.Split(' '), "--help"]);
        Assert.Equal(0, run.Code);
        Assert.StartsWith($"crosspt {entry.Name}: ", run.Output);
        foreach (Option option in entry.Definition.Options.Concat(GlobalOptions.All))
        {
            Assert.Contains($"  {option.Name} ", run.Output);
            if (option.Default is not null) Assert.Contains($"(default: {option.Default})", run.Output);
        }
    });

    [Fact]
    public void Options_OfEveryCommand_AreKebabCase() => Assert.All(
        CommandTable.All.SelectMany(entry => entry.Definition.Options).Concat(GlobalOptions.All), option => Assert.Matches("^--[a-z0-9]+(-[a-z0-9]+)*$", option.Name));

    [Fact]
    public void Help_OfAGroup_ListsItsCommands()
    {
        CliRun run = CliRun.Of("bench", "--help");
        Assert.Equal(0, run.Code);
        Assert.Contains("bench gemm", run.Output);
        Assert.DoesNotContain("doctor", run.Output);
    }

    [Fact]
    public void Version_NamesBackEnds()
    {
        Assert.Equal($"crosspt {VersionWriter.Version} (back ends: cpu, cuda)\n", CliRun.Of("--version").Output);
        Assert.Equal("cpu", CliRun.Of("--version", "--json").Json.GetProperty("backends")[0].GetString());
    }

    [Theory]
    [InlineData("--threads 1 doctor --json")]
    [InlineData("doctor --json --threads=1")]
    [InlineData("doctor --threads 1 --json --")]
    public void GlobalOptions_MayStandAnywhere(string line) => Assert.Equal(1, CliRun.Of(line.Split(' ')).Json.GetProperty("threads").GetInt32());
}
