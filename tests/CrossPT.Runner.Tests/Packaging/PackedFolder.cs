using System.IO.Compression;
using System.Xml.Linq;

namespace CrossPT.Runner.Tests.Packaging;

/// <summary>
/// All packages, made of what was built for these tests, in a folder that is the only source of them. Those of others
/// come from where this build restored them to: nothing is built again and no feed is asked.
/// </summary>
public sealed class PackedFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    public PackedFolder()
    {
        Packages = Path.Combine(_folder.FullName, "feed");
        Process = new DotnetProcess(Path.Combine(_folder.FullName, "home"));
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        Process.Dotnet(
            RepositoryFolder.PathOf(""), "pack", "CrossPT.sln", "-c", configuration, "--no-build", "--no-restore", "-v",
            "q", "-o", Packages,
            $"-p:NuspecOutputPath={Path.Combine(_folder.FullName, "nuspec")}");
        string restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Sources = _folder.Write("NuGet.Config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{Packages}" />
                <add key="restored" value="{restored}" />
              </packageSources>
              <packageSourceMapping>
                <clear />
                <packageSource key="packed"><package pattern="CrossPT*" /></packageSource>
                <packageSource key="restored"><package pattern="*" /></packageSource>
              </packageSourceMapping>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """);
    }

    internal DotnetProcess Process { get; }

    /// <summary>Where the packages are.</summary>
    public string Packages { get; }

    /// <summary>A <c>NuGet.Config</c> that knows nothing else than these packages and the restored ones.</summary>
    public string Sources { get; }

    /// <summary>Makes an empty folder below the one of <see cref="Sources"/>.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName;

    /// <summary>Names of a package's files.</summary>
    public string[] FilesOf(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(Packages, file));
        return [.. archive.Entries.Select(static entry => entry.FullName).Order(StringComparer.Ordinal)];
    }

    /// <summary>What a package says of itself.</summary>
    public XElement MetadataOf(string id, string version)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(Packages, $"{id}.{version}.nupkg"));
        using Stream nuspec = archive.GetEntry($"{id}.nuspec")!.Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        // Without its namespace, which names a year of the format.
        foreach (XElement element in metadata.DescendantsAndSelf()) element.Name = element.Name.LocalName;
        return metadata;
    }

    public void Dispose() => _folder.Dispose();
}
