using System.Diagnostics;
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
    }

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
