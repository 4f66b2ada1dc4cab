using System.Reflection;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// The tasks that come with the library: declarations of known data sets, and those of the invented language, which
/// need no files.
/// </summary>
public static class BuiltInTasks
{
    private const string Prefix = "tasks/", Suffix = ".json";

    private static readonly Assembly s_assembly = typeof(BuiltInTasks).Assembly;

    /// <summary>Names of those that are read from files, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. s_assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The names a task may have, for messages about an unknown one.</summary>
    internal static string ExpectedFor(string name) =>
        LanguageTasks.IsMeant(name) ? LanguageTasks.Expected : $"a built-in task ({string.Join(", ", Names)})";

    /// <summary>The declaration of a task, or null.</summary>
    public static TaskDeclaration? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (LanguageTasks.IsMeant(name)) return LanguageTasks.Find(name);
        if (!Names.Contains(name)) return null;
        using Stream stream = s_assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return TaskDeclaration.Read(ConfigReader.Read(json, $"built-in task {name}", ""));
    }
}
