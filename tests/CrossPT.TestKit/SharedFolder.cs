using Xunit;

namespace CrossPT.TestKit;

/// <summary>The folder <c>shared</c> beside the repository: golden values and models too large to keep in it.</summary>
public static class SharedFolder
{
    private static readonly string? s_root = Find();

    /// <summary>The path of something in it; skips the test that asks where that is missing.</summary>
    public static string Path(params ReadOnlySpan<string> parts)
    {
        Assert.SkipWhen(s_root is null, "No shared folder above the repository.");
        string path = System.IO.Path.Combine([s_root, .. parts]);
        Assert.SkipUnless(System.IO.Path.Exists(path), $"The shared folder has no {string.Join('/', parts)}.");
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
