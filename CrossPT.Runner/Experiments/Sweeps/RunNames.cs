using System.Security.Cryptography;
using System.Text;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// Names of runs out of what varies: folder names on every system, none longer than a hundred characters. What is
/// changed or cut ends with a hash of the whole, so that different runs stay different.
/// </summary>
internal static class RunNames
{
    /// <summary>Longest name.</summary>
    public const int Longest = 100;

    private const int HashLength = 8;

    // Windows opens devices by these names, whatever the ending.
    private static readonly string[] s_devices = ["con", "prn", "aux", "nul"];

    /// <summary>Names in the order of the texts, all different, also where upper and lower case count alike.</summary>
    public static string[] Of(IReadOnlyList<string> texts)
    {
        string[] names = [.. texts.Select(ToFolder)];
        foreach (IGrouping<string, int> alike in Enumerable.Range(0, names.Length)
            .GroupBy(i => names[i], StringComparer.OrdinalIgnoreCase).Where(static group => group.Count() > 1))
        {
            foreach (int i in alike) names[i] = WithHash(names[i], texts[i]);
        }
        return names;
    }

    /// <summary>A text as the name of a folder.</summary>
    public static string ToFolder(string text)
    {
        StringBuilder safe = new(text.Length);
        foreach (char c in text)
            safe.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '=' or ',' or '+' ? c : '-');
        // A point hides it in front, and is dropped by Windows behind; a dash in front is an option to programs.
        if (safe.Length == 0 || safe[0] is '.' or '-' or '=' or ',' or '+') safe.Insert(0, 'x');
        if (safe[^1] == '.') safe[^1] = '-';
        string name = safe.ToString();
        return name == text && name.Length <= Longest && !IsDevice(name) ? name : WithHash(name, text);
    }

    private static string WithHash(string name, string text)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
        if (name.EndsWith($"-{hash}", StringComparison.Ordinal)) return name;
        string start = name[..Math.Min(name.Length, Longest - HashLength - 1)];
        return IsDevice(start) ? $"x{start.Replace('.', '-')}-{hash}" : $"{start}-{hash}";
    }

    private static bool IsDevice(string name)
    {
        string stem = name.Split('.')[0].ToLowerInvariant();
        return s_devices.Contains(stem)
            || (stem.Length == 4 && stem[..3] is "com" or "lpt" && char.IsAsciiDigit(stem[3]));
    }
}
