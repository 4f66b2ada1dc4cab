using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace CrossPT.Runner.Tests.Cli;

/// <summary>What only a process of its own can show: exit codes, streams, start-up time.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Doctor_Runs()
    {
        (int code, string output, string error) = Run("doctor", "--json");
        Assert.Equal(0, code);
        Assert.Equal("", error);
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    [Fact]
    public void BadUsage_LeavesStandardOutputEmpty()
    {
        (int code, string output, string error) = Run("bench", "gemm", "--m", "0", "--n", "1", "--k", "1");
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Help_TakesLittleProcessorTime()
    {
        if (OperatingSystem.IsWindows()) return;
        // A debug build on a busy machine is slower than what users run, which stays under 0.06 s.
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("for i in 1 2 3 4 5; do dotnet \"$0\" --help > /dev/null; done; times");
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        using Process process = Process.Start(start)!;
        string children = process.StandardOutput.ReadToEnd().TrimEnd().Split('\n')[^1];
        double seconds = Regex.Matches(children, @"(\d+)m([\d.]+)s")
            .Sum(
                time => (60 * double.Parse(time.Groups[1].Value, CultureInfo.InvariantCulture)) + double.Parse(
                    time.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.InRange(seconds / 5, 0.001, 0.2);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Signal_EndsWithItsCode(string signal, int code)
    {
        if (OperatingSystem.IsWindows()) return;
        using Process process = Start("bench", "gemm", "--m", "4096", "--n", "4096", "--k", "4096", "--threads", "1");
        await Task.Delay(1000);
        await EndBySignal(process, signal);
        Assert.Equal(code, process.ExitCode);
    }

    /// <summary>
    /// Sends a signal and waits 20 seconds for the end; a process that stays is killed, and that is a failure.
    /// </summary>
    internal static async Task EndBySignal(Process process, string signal)
    {
        using CancellationTokenSource late = new(20_000);
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"SIG{signal}: the process did not end within 20 seconds");
        }
    }

    internal static (int Code, string Output, string Error) Run(params string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    internal static Process Start(params string[] args) => Start(new Dictionary<string, string>(), args);

    internal static Process Start(IReadOnlyDictionary<string, string> variables, params string[] args)
    {
        // Tests started in the background of a script inherit an ignored SIGINT, which their children would too.
        bool linux = OperatingSystem.IsLinux();
        ProcessStartInfo start = new(linux ? "env" : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (linux) foreach (string word in (string[])["--default-signal=INT", "dotnet"]) start.ArgumentList.Add(word);
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (string arg in args) start.ArgumentList.Add(arg);
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
