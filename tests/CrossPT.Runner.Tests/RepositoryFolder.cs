namespace CrossPT.Runner.Tests;

/// <summary>The repository that these tests were built from.</summary>
internal static class RepositoryFolder
{
    private static readonly string s_root = Find();

    public static string PathOf(string relative) => Path.Combine(s_root, relative);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CrossPT.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no CrossPT.sln above {AppContext.BaseDirectory}.");
    }
}
