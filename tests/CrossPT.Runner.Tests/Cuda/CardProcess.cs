using System.Diagnostics;
using CrossPT.TestKit.Cuda.Driver;

namespace CrossPT.Runner.Tests.Cuda;

/// <summary>The command line as a process of its own, on an emulated card: only there is the driver looked for, loaded and lost as on a user's machine.</summary>
internal static class CardProcess
{
    private const int TimeLimit = 300_000;

    /// <summary>Runs it to its end. A run that succeeds must leave nothing on the card, and no run may ask it for what it cannot do.</summary>
    /// <param name="card">Variables of <see cref="CardSettings"/> by the ends of their names; KIND for the first, PROCESSORS for as many as it shall see.</param>
    /// <param name="args">The command line; <c>--threads 1</c> is added.</param>
    public static CliRun Run(Dictionary<string, string> card, params string[] args)
    {
        using TempFolder folder = new();
        string log = Path.Combine(folder.FullName, "card.log");
        ProcessStartInfo start = new("dotnet", [typeof(CrossPT.Runner.Program).Assembly.Location, .. args, "--threads", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        // A short run that is mostly the emulator's loops: that they are made fast at once takes a quarter off its time.
        start.Environment["DOTNET_TC_QuickJitForLoops"] = "0";
        start.Environment["HF_HUB_OFFLINE"] = "1";
        start.Environment[CardSettings.Variable] = "emulated";
        start.Environment[$"{CardSettings.Variable}_LOG"] = log;
        foreach ((string name, string value) in card)
            start.Environment[name == "KIND" ? CardSettings.Variable : name == "PROCESSORS" ? "DOTNET_PROCESSOR_COUNT" : $"{CardSettings.Variable}_{name}"] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeLimit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"crosspt {string.Join(' ', args)} took more than {TimeLimit / 1000} s");
        }
        string[] wrong = process.ExitCode == 0 ? ["unanswered", "broken", "left", "fault"] : ["unanswered", "broken"];
        Assert.DoesNotContain(File.ReadLines(log), line => wrong.Contains(line.Split('\t')[1]));
        return new CliRun(process.ExitCode, output.Result, error.Result);
    }
}
