using System.Diagnostics;
using CrossPT.TestKit.Cuda.Driver;

namespace CrossPT.Runner.Tests.Cuda;

/// <summary>
/// The command line as a process of its own, on an emulated card: only there is the driver looked for, loaded and lost
/// as on a user's machine.
/// </summary>
internal static class CardProcess
{
    private const int TimeLimit = 300_000;

    // Runs share what they compile, as on a user's machine, but nothing with the user's own or with an earlier build.
    private static readonly TempFolder s_cache = CacheOfThisProcess();

    /// <summary>
    /// Runs it to its end. A run that succeeds must leave nothing on the card, and no run may ask it for what it cannot
    /// do.
    /// </summary>
    /// <param name="card">
    /// Variables of <see cref="CardSettings"/> by the ends of their names; KIND for the first, PROCESSORS for as many
    /// as it shall see, CACHE for a cache of its own, LOG for a log to look into afterwards.
    /// </param>
    /// <param name="args">The command line; <c>--threads 1</c> is added.</param>
    public static CliRun Run(Dictionary<string, string> card, params string[] args)
    {
        using TempFolder folder = new();
        string log = card.GetValueOrDefault("LOG", Path.Combine(folder.FullName, "card.log"));
        ProcessStartInfo start = new(
            "dotnet", [typeof(CrossPT.Runner.Program).Assembly.Location, .. args, "--threads", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        // A short run that is mostly the emulator's loops: that they are made fast at once takes a quarter off its
        // time.
        start.Environment["DOTNET_TC_QuickJitForLoops"] = "0";
        start.Environment["HF_HUB_OFFLINE"] = "1";
        start.Environment[CardSettings.Variable] = "emulated";
        start.Environment[$"{CardSettings.Variable}_LOG"] = log;
        start.Environment["CROSSPT_CACHE"] = s_cache.FullName;
        foreach ((string name, string value) in card) start.Environment[VariableOf(name)] = value;
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

    private static string VariableOf(string name) => name switch
    {
        "KIND" => CardSettings.Variable,
        "PROCESSORS" => "DOTNET_PROCESSOR_COUNT",
        "CACHE" => "CROSSPT_CACHE",
        _ => $"{CardSettings.Variable}_{name}",
    };

    private static TempFolder CacheOfThisProcess()
    {
        TempFolder folder = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    }
}
