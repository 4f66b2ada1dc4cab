using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Consoles;

/// <summary>Commands in a terminal of their own, which <c>script</c> makes.</summary>
public sealed class PseudoTerminalTests : IDisposable
{
    private const int Columns = 80;

    private readonly TempFolder _folder = new();

    public PseudoTerminalTests() =>
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "There is no script of util-linux.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_ShowsABar_AndLeavesACleanScreen()
    {
        (int code, string written) = Run("LANG=C.UTF-8", Train("--set training.steps=400"));
        Assert.True(code == 0, written);
        Assert.Matches(@"training  ━+─*  \d+/400  .* left  loss \d", Uncoloured(written));
        // The plain lines of files are the bar's here.
        Assert.DoesNotContain("tokens/s", written, StringComparison.Ordinal);
        Screen screen = Screen.Of(written, Columns);
        Assert.True(screen.ShowsCursor);
        Assert.DoesNotContain("━", string.Concat(screen.Lines), StringComparison.Ordinal);
        // Behind the warnings of the tiny data.
        Assert.Contains(screen.Lines, static line => line.StartsWith(
            "method crosspt: 2 tasks, 1 source prompt, ", StringComparison.Ordinal));
        Assert.Contains(screen.Lines, static line => line.StartsWith("saved     ", StringComparison.Ordinal));
    }

    [Fact]
    public void Signal_InTheMiddleOfABar_LeavesACleanScreenAndACheckpoint()
    {
        // A shell of its own waits until training is on, and sends the signal to the process whose id the command left.
        string pid = Path.Combine(_folder.FullName, "pid"), run = Path.Combine(_folder.FullName, "run");
        string history = Path.Combine(run, "history.jsonl");
        string wait = $"until test -s '{history}'; do sleep 0.1; done; sleep 0.7; kill -INT $(cat '{pid}')";
        using Process killer = Process.Start("/bin/sh", ["-c", wait]);
        string command = $"echo $$ > '{pid}'; exec {Train("--set training.steps=1000000")}";
        (int code, string written) = Run("LANG=C.UTF-8", command);
        Assert.Equal(130, code);
        Screen screen = Screen.Of(written, Columns);
        Assert.True(screen.ShowsCursor);
        Assert.Contains("training  ─", Uncoloured(written), StringComparison.Ordinal);
        Assert.Matches(
            "crosspt: interrupted with a checkpoint of step [0-9]+ of 1000000; "
            + $"to continue: crosspt train {run} --resume",
            string.Concat(screen.Lines));
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoint")));
    }

    [Theory]
    [InlineData("LANG=C", @"training  =*-+  ")]
    [InlineData("LANG=C.UTF-8 NO_COLOR=1", @"training  ━*─+  ")]
    public void Environment_IsHeeded(string environment, string pattern)
    {
        (int code, string written) = Run(environment, Train("--set training.steps=300"));
        Assert.True(code == 0, written);
        Assert.Matches(pattern, Uncoloured(written));
        if (environment == "LANG=C") Assert.All(written, static c => Assert.InRange(c, '\0', '~'));
        else Assert.DoesNotMatch("\u001b\\[[0-9;]*m", written);
    }

    [Theory]
    [InlineData("TERM=dumb", "")]
    [InlineData("LANG=C.UTF-8", "--quiet")]
    public void DumbTerminalAndQuiet_GetNoCursorMovements(string environment, string option)
    {
        (int code, string written) = Run(environment, Train(option));
        Assert.True(code == 0, written);
        // The table of the results has bold headings where the terminal can show them.
        Assert.DoesNotContain('\u001b', option.Length == 0 ? written : Uncoloured(written));
        Assert.Equal(option.Length == 0, written.Contains("step 11/11  loss ", StringComparison.Ordinal));
    }

    // Bars are on standard error: what a program reads stays clean.
    [Fact]
    public void Json_IsAlone_BesideABar()
    {
        string json = Path.Combine(_folder.FullName, "out.json");
        (int code, string written) = Run("LANG=C.UTF-8", $"{Train("--set training.steps=300 --json")} > '{json}'");
        Assert.True(code == 0, written);
        Assert.Contains("training  ", written, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(300, document.RootElement.GetProperty("steps").GetInt32());
    }

    [Fact]
    public void WithoutABar_NothingOfSpectreIsLoaded()
    {
        using Process process = ProcessTests.Start("tokenize", "--model", "demo");
        process.StandardInput.WriteLine("{\"text\": \"the\"}");
        process.StandardInput.Flush();
        Assert.Contains("\"ids\"", process.StandardOutput.ReadLine(), StringComparison.Ordinal);
        string maps = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/maps"));
        Assert.Contains("crosspt.dll", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("Spectre", maps, StringComparison.Ordinal);
        process.StandardInput.Close();
        process.WaitForExit();
    }

    private string Train(string options) =>
        $"dotnet '{typeof(Program).Assembly.Location}' train '{TinyRun.WriteConfiguration(_folder)}' "
        + $"--out '{Path.Combine(_folder.FullName, "run")}' --threads 1 {options}";

    private static string Uncoloured(string written) => Regex.Replace(written, "\u001b\\[[0-9;]*m", "");

    /// <summary>Runs a command in a terminal of 80 columns; all that it wrote there.</summary>
    private static (int Code, string Written) Run(string environment, string command)
    {
        ProcessStartInfo start = new("env") { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] variables = ["-u", "LC_ALL", "-u", "NO_COLOR", "TERM=xterm-256color", .. environment.Split(' ')];
        string[] inside = ["script", "-qec", $"stty cols {Columns} rows 24; {command}", "/dev/null"];
        string[] words = ["--default-signal=INT", .. variables, .. inside];
        foreach (string word in words) start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        string written = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, written.Replace("\r\n", "\n", StringComparison.Ordinal));
    }
}
