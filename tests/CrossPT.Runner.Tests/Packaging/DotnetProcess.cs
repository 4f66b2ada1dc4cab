using System.Diagnostics;

namespace CrossPT.Runner.Tests.Packaging;

/// <summary>
/// Runs programs in a folder as on a machine that has the SDK and has never seen a package: every cache is in a folder
/// of its own.
/// </summary>
internal sealed class DotnetProcess(string home)
{
    private const int TimeLimit = 300_000;

    public string Dotnet(string folder, params string[] args) =>
        Run(folder, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", args);

    /// <summary>
    /// Returns what was written on standard output; an exit code other than 0 fails the test with everything it said.
    /// </summary>
    public string Run(string folder, string program, params string[] args)
    {
        ProcessStartInfo start = new(program, args)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_HOME"] = home;
        start.Environment["NUGET_PACKAGES"] = Path.Combine(home, "packages");
        start.Environment["NUGET_HTTP_CACHE_PATH"] = Path.Combine(home, "http");
        start.Environment["DOTNET_NOLOGO"] = start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_GENERATE_ASPNET_CERTIFICATE"] =
            start.Environment["DOTNET_ADD_GLOBAL_TOOLS_TO_PATH"] = "false";
        // Processes that stay would keep the folder, and the streams that are read here.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = start.Environment["UseSharedCompilation"] = "false";
        start.Environment["HF_HUB_OFFLINE"] = "1";
        // A shim finds .NET by this where it is not installed at the usual place.
        if (Path.GetDirectoryName(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")) is { Length: > 0 } root)
            start.Environment.TryAdd("DOTNET_ROOT", root);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeLimit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', args)} took more than {TimeLimit / 1000} s");
        }
        Assert.True(
            process.ExitCode == 0,
            $"{program} {string.Join(' ', args)} ended with {process.ExitCode}:\n{output.Result}\n{error.Result}");
        return output.Result;
    }
}
