using System.Diagnostics;
using CrossPT.Runner.Tests.Experiments.Results;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Cli;

/// <summary>What a command loads is what it needs: the rest would only take time at every start.</summary>
public sealed class LoadedAssembliesTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("train", "--help")]
    [InlineData("completion", "bash")]
    [InlineData("[suggest:11]", "crosspt pro")]
    public void Help_LoadsThePackageAndNothingOfTheLibraries(params string[] words) =>
        Assert.Equal(["System.CommandLine", "crosspt"], Loaded(words));

    [Fact]
    public void JsonLines_AreReadWithoutThePackagesForOtherFiles()
    {
        using TempFolder folder = new();
        string[] loaded = Loaded(["train", TinyRun.WriteConfiguration(folder), "--dry-run", "--threads", "1"]);
        Assert.Contains("CrossPT.Prompting", loaded);
        Assert.DoesNotContain("Parquet", loaded);
        Assert.DoesNotContain("CsvHelper", loaded);
        Assert.DoesNotContain(loaded, IsAspNetCore);
    }

    // The page of a report is rendered by ASP.NET Core's components, which no other command's start may wait for.
    [Fact]
    public void Pages_AloneLoadAspNetCore()
    {
        using TempFolder folder = new();
        string sweep = new WrittenRuns(folder).AddWaiting("a", new() { ["seed"] = "1" }).Write();
        string page = Path.Combine(folder.FullName, "page.html");
        Assert.Contains("Microsoft.AspNetCore.Components.Web", Loaded(["report", sweep, "--out", page]));
        Assert.DoesNotContain(Loaded(["sweep", sweep, "--dry-run"]), IsAspNetCore);
    }

    private static bool IsAspNetCore(string name) => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal);

    private static string[] Loaded(string[] words)
    {
        using TempFolder folder = new();
        string file = Path.Combine(folder.FullName, "assemblies");
        Dictionary<string, string> variables = new()
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
            [LoadedAssemblies.Variable] = file,
        };
        using Process process = ProcessTests.Start(variables, words);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string hook = typeof(StartupHook).Assembly.GetName().Name!;
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return
        [
            .. File.ReadAllLines(file)
                .Where(name => name != hook && !File.Exists(Path.Combine(framework, $"{name}.dll")))
                .Order(StringComparer.Ordinal),
        ];
    }
}
