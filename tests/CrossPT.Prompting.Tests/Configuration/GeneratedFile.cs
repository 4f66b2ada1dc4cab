namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>
/// Files of the repository that are generated: checked, or with CROSSPT_UPDATE=1 in the environment written.
/// </summary>
internal static class GeneratedFile
{
    /// <param name="path">From the root of the repository.</param>
    /// <param name="generate">The file as it is to be, from what it is.</param>
    public static void Check(string path, Func<string, string> generate)
    {
        string file = Path.Combine(Root(), path);
        string found = File.Exists(file) ? File.ReadAllText(file) : "";
        string expected = generate(found);
        if (Environment.GetEnvironmentVariable("CROSSPT_UPDATE") == "1") File.WriteAllText(file, expected);
        else Assert.True(found == expected, $"{path} is out of date: run this test with CROSSPT_UPDATE=1 to write it");
    }

    public static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CrossPT.sln"))) folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException($"There is no CrossPT.sln above {AppContext.BaseDirectory}.");
    }
}
