using System.CommandLine;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;

namespace CrossPT.Runner.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
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

    [Theory]
    [InlineData("xyz", "unknown command 'xyz'; crosspt --help")]
    [InlineData("-v", "unknown option '-v' (")]
    [InlineData("doctor -v", "unknown option '-v'")]
    public void FarNames_AreNotSuggested(string line, string words)
    {
        CliRun run = CliRun.Of(line.Split(' '));
        Assert.Contains(words, run.Error);
        Assert.DoesNotContain("nearest", run.Error);
    }

    [Theory]
    [InlineData("train c.json --lr 0.3", "unknown option '--lr'; it is the setting training.learningRate.private")]
    [InlineData("train c.json --num_virtual_tokens 8", "--set prompt.length=VALUE")]
    [InlineData("train c.json --epochs 3", "--set training.steps=VALUE")]
    [InlineData("train c.json --output-dir x", "here it is --out")]
    [InlineData("bench step --batch_size 4", "--batch")]
    [InlineData("predict --run r --batch-size 4", "here it is --batch")]
    [InlineData("finetune", "unknown command 'finetune'; the nearest one is train")]
    [InlineData("eval", "the nearest one is evaluate")]
    [InlineData("export", "the nearest one is prompts export")]
    public void NamesOfOtherTools_LeadToOurs(string line, string words) =>
        CliRun.Of(line.Split(' ')).AssertBadInput(words);

    [Theory]
    [InlineData("lr", "training.learningRate.private")]
    [InlineData("training.learning_rate", "learningRate")]
    [InlineData("epochs", "training.steps")]
    [InlineData("training.num_train_epochs", "training.steps")]
    [InlineData("prompt.num_virtual_tokens", "prompt.length")]
    [InlineData("batch_size", "training.batch")]
    [InlineData("training.batch_size", "training.batch")]
    [InlineData("warmup_steps", "training.warmup")]
    [InlineData("steps", "training.steps")]
    [InlineData("nonsense", "known are model, method, tasks")]
    public void KeysOfOtherTools_LeadToOurs(string key, string own)
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder, "pt");
        string output = System.IO.Path.Combine(folder.FullName, "run");
        CliRun.Of("train", config, "--out", output, "--set", $"{key}=4").AssertBadInput($"unknown key \"{key}\"", own);
        if (key.Contains('.', StringComparison.Ordinal)) return;
        string text = System.IO.File.ReadAllText(config);
        CliRun.Of("train", folder.Write("other.json", text.Insert(text.IndexOf('{') + 1, $" \"{key}\": 4,")))
            .AssertBadInput("other.json:1:", $"unknown key \"{key}\"", own);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public void Help_ListsEveryCommand(string line)
    {
        CliRun run = CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        Assert.All(Commands(), command => Assert.Contains($"\n  {command.Name} ", run.Output));
        Assert.All(GlobalOptions.All, option => Assert.Contains($"\n  {option.Name} ", run.Output));
    }

    [Fact]
    public void Help_OfEveryCommand_ShowsWhatItTakes() => Assert.All(Commands(), command =>
    {
        CliRun run = CliRun.Of([.. command.Name.Split(' '), "--help"]);
        Assert.Equal(0, run.Code);
        Assert.StartsWith($"crosspt {command.Name}: ", run.Output);
        Assert.Equal(run, CliRun.Of(["help", .. command.Name.Split(' ')]));
        Assert.All(run.Output.Split('\n'), static line => Assert.InRange(line.Length, 0, 80));
        string text = Flat(run.Output);
        CommandDefinition definition = command.Command.Define();
        foreach (Option option in definition.Options)
        {
            Assert.Contains($"\n  {option.Name} ", run.Output);
            Assert.Contains(Flat($"{option.Name} {option.HelpName} {option.Description}"), text);
            if (option is not Option<bool> && option.HasDefaultValue)
                Assert.EndsWith($"(default: {option.GetDefaultValue()})", option.Description);
        }
        foreach (Argument argument in definition.Arguments)
            Assert.Contains(Flat($"{argument.Name} {argument.Description}"), text);
        Assert.Contains(definition.Notes ?? "", text);
        Assert.Contains($"example: crosspt {command.Name}", text);
        Assert.EndsWith(
            "\neverywhere: --device, --precision, --threads, --json, --quiet (crosspt --help)\n", run.Output);
    });

    [Fact]
    public void Example_OfEveryCommand_IsOne() => Assert.All(
        Commands(), static command => Assert.Same(
            command.Command, CommandTree.Parse(command.Command.Define().Example.Split(' ')).CommandResult.Command));

    [Fact]
    public void Options_OfEveryCommand_AreKebabCase() => Assert.All(
        Commands().SelectMany(static command => command.Command.Define().Options).Concat(GlobalOptions.All),
        static option => Assert.Matches("^--[a-z0-9]+(-[a-z0-9]+)*$", option.Name));

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
    public void GlobalOptions_MayStandAnywhere(string line) =>
        Assert.Equal(1, CliRun.Of(line.Split(' ')).Json.GetProperty("threads").GetInt32());

    [Theory]
    [InlineData("prompts show -- --odd", "--odd")]
    [InlineData("tokenize --model - --input=--odd", "--input")]
    [InlineData("tokenize --model=@none", "@none")]
    public void Words_ArePassedOnAsTheyAre(string line, string word) => CliRun.Of(line.Split(' ')).AssertBadInput(word);

    private static IEnumerable<(string Name, CliCommand Command)> Commands() => CommandTree.Root.Subcommands.SelectMany(
        static command => command is CliCommand alone
            ? [(alone.Name, alone)]
            : command.Subcommands.Select(member => ($"{command.Name} {member.Name}", (CliCommand)member)));

    private static string Flat(string text) => Regex.Replace(text, @"\s+", " ").Trim();
}
