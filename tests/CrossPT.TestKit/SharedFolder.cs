namespace CrossPT.TestKit;

/// <summary>The folder <c>shared</c> beside the repository: golden values and models too large to keep in it.</summary>
public static class SharedFolder
{
    private static readonly string? s_root = Find();

    /// <summary>Whether it is there.</summary>
    public static bool Exists => s_root is not null;

    /// <summary>The path of something in it.</summary>
    /// <exception cref="InvalidOperationException">There is no such folder: the test lacks a <see cref="SharedFactAttribute"/>.</exception>
    public static string Path(params ReadOnlySpan<string> parts)
    {
        string path = s_root ?? throw new InvalidOperationException("There is no folder shared/fixtures above the tests.");
        foreach (string part in parts) path = System.IO.Path.Combine(path, part);
        return path;
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string shared = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(shared, "fixtures"))) return shared;
        }
        return null;
    }
}
