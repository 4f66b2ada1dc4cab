namespace CrossPT.Runner.Tests;

/// <summary>A folder of a test's own, gone with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-");

    public string FullName => _folder.FullName;

    public string Write(string name, string text)
    {
        string path = Path.Combine(FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
