using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Hub;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Demo;

/// <summary>
/// The model and the source prompts that are inside the program, as files: written once to a folder of the user's,
/// whose name is of their bytes, and compared with those bytes by every process that uses them.
/// </summary>
internal static class DemoFiles
{
    /// <summary>The model's name in configurations, and the prefix of its source prompts' names.</summary>
    public const string Name = "demo";

    private const string Resources = "demo/", Model = "model/", Sources = "sources/", PromptEnding = ".safetensors";

    private static readonly Assembly s_assembly = typeof(DemoFiles).Assembly;
    private static readonly Lazy<string> s_folder = new(static () => Extract(Places()));

    /// <summary>The model's folder.</summary>
    /// <exception cref="IOException">No folder can be written to; the message names those tried.</exception>
    public static string ModelFolder => Path.Combine(s_folder.Value, Name);

    /// <summary>Names of the source prompts, in order.</summary>
    public static IReadOnlyList<string> SourceNames { get; } =
    [
        .. s_assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Resources + Sources, StringComparison.Ordinal))
            .Select(static name => Path.GetFileNameWithoutExtension(name)).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// The file of a source prompt that a configuration calls <c>demo/NAME</c>; null where there is none of that name.
    /// </summary>
    public static string? FindSource(string given)
    {
        string name = given.StartsWith($"{Name}/", StringComparison.Ordinal) ? given[(Name.Length + 1)..] : "";
        return SourceNames.Contains(name) ? Path.Combine(s_folder.Value, Sources, name + PromptEnding) : null;
    }

    /// <summary>Writes what differs into the first of some folders that can be written to, and returns it.</summary>
    internal static string Extract(IEnumerable<string> places)
    {
        (string Path, byte[] Bytes)[] files = [.. Files()];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string path, byte[] bytes) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\n{bytes.Length}\n"));
            hash.AppendData(bytes);
        }
        string own = Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
        List<string> tried = [];
        foreach (string place in places)
        {
            string folder = Path.Combine(place, "crosspt", own);
            try
            {
                foreach ((string path, byte[] bytes) in files) Write(Path.Combine(folder, path), bytes);
                return folder;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                tried.Add($"{folder} ({error.Message})");
            }
        }
        throw new IOException(
            $"the demo's model can be written nowhere, expected a folder that can be written to: "
                + $"{string.Join("; ", tried)}");
    }

    private static IEnumerable<string> Places()
    {
        string user = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        // Without a home there is none.
        if (user.Length > 0) yield return user;
        yield return Path.GetTempPath();
    }

    private static IEnumerable<(string Path, byte[] Bytes)> Files()
    {
        foreach (string resource in s_assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Resources, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream stream = s_assembly.GetManifestResourceStream(resource)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string path = resource[Resources.Length..];
            // The model's folder is called as the model is, for records name a model after its folder.
            yield return (path.StartsWith(Model, StringComparison.Ordinal)
                ? $"{Name}/{path[Model.Length..]}"
                : path, bytes);
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }
}

/// <summary>
/// Finds what a configuration names and does not give by a path: a model, and the source prompts that come with the
/// program.
/// </summary>
internal static class DemoNames
{
    /// <summary>
    /// The configuration with the folders and files of what it names; a path that leads somewhere wins.
    /// </summary>
    public static RunConfiguration Resolve(RunConfiguration configuration)
    {
        string model = ModelFolder.Locate(configuration.Model, configuration.ModelText);
        return configuration with
        {
            Model = model,
            IsModelNamed = model != configuration.Model,
            Sources = [.. configuration.Sources.Select(Resolve)],
        };
    }

    private static SourceSelection Resolve(SourceSelection source)
    {
        if (source is not { File: { } file, DemoName: { } name } || Path.Exists(file)) return source;
        return DemoFiles.FindSource(name) is { } shipped ? source with { File = shipped } : source;
    }
}
