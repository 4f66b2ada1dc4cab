using System.Diagnostics;

namespace CrossPT.Runner.Tests.Cli;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("crosspt tr", "train")]
    [InlineData("crosspt pr", "predict prompts pretrain")]
    [InlineData("crosspt prompts ", "list show compare import export add remove")]
    [InlineData("crosspt prompts ex", "export")]
    [InlineData("crosspt evaluate --s", "--split --strict")]
    [InlineData("crosspt evaluate --split ", "test validation")]
    [InlineData("crosspt evaluate --task a --task b --split=t", "--split=test")]
    [InlineData("crosspt train run.json --set a=1 --re", "--resume")]
    [InlineData("crosspt train --dev", "--device")]
    [InlineData("crosspt --device c", "cpu cuda")]
    [InlineData("crosspt doctor --device cpu --pre", "--precision")]
    [InlineData("crosspt completion ", "bash fish pwsh zsh")]
    [InlineData("crosspt help dem", "demo")]
    [InlineData("crosspt pull mrp", "mrpc")]
    [InlineData("crosspt train ", "")]
    [InlineData("crosspt train run.json --out ", "")]
    [InlineData("crosspt train \"a b\" --dr", "--dry-run")]
    [InlineData("crosspt train nothing such --dr", "--dry-run")]
    public void Suggest_NamesWhatFits(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', Suggest(line.Length, line)));

    [Fact]
    public void Suggest_LooksAtTheWordBeforeTheCursor() => Assert.Equal(["train"], Suggest(10, "crosspt tr --json"));

    [Fact]
    public void Suggest_CursorBehindTheLine_IsANewWord() =>
        Assert.Equal(["test", "validation"], Suggest(99, "crosspt evaluate --split"));

    [Theory]
    [InlineData("[suggest]")]
    [InlineData("[suggest:x]")]
    [InlineData("[suggest:-1]")]
    [InlineData("[suggest:99999999999]")]
    public void Suggest_WithoutLineOrPosition_IsNoFailure(string directive) =>
        Assert.Equal(0, CliRun.Of(directive).Code);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public void Script_AsksTheCommand(string shell)
    {
        CliRun run = CliRun.Of("completion", shell);
        Assert.Equal(0, run.Code);
        Assert.Contains("[suggest:", run.Output);
    }

    [Fact]
    public void Script_OfAnotherShell_IsRefused() =>
        CliRun.Of("completion", "csh").AssertBadInput("'csh'", "bash, zsh, fish, pwsh");

    /// <summary>
    /// The script in bash itself, which calls this program; the words are what bash makes of the line.
    /// </summary>
    [Fact]
    public void Bash_Completes()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is not installed here.");
        const string script = """
            crosspt() { dotnet "$PROGRAM" "$@"; }
            eval "$(crosspt completion bash)"
            complete -p crosspt
            offer() {
                COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
                _crosspt
                echo "${COMPREPLY[*]}"
            }
            offer 'crosspt tr' crosspt tr
            offer 'crosspt bench ' crosspt bench ''
            offer 'crosspt doctor --q' crosspt doctor --q
            offer 'crosspt evaluate --split ' crosspt evaluate --split ''
            offer 'crosspt evaluate --split=' crosspt evaluate --split =
            offer 'crosspt evaluate --split=t' crosspt evaluate --split = t
            offer 'crosspt train ' crosspt train ''
            """;
        ProcessStartInfo start = new("/bin/bash") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment["PROGRAM"] = typeof(Program).Assembly.Location;
        using Process process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n')[..^1];
        Assert.Equal(
            ["complete -o bashdefault -o default -F _crosspt crosspt", "train", "gemm step kernels", "--quiet",
             "test validation", "test validation", "test", ""],
            lines);
    }

    private static string[] Suggest(int cursor, string line)
    {
        CliRun run = CliRun.Of($"[suggest:{cursor}]", line);
        Assert.Equal(0, run.Code);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
