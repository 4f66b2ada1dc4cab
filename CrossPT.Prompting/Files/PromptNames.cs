using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>Names out of a file, fit for a message: they may be anything, and any number.</summary>
internal static class PromptNames
{
    private const int Longest = 80, MostShown = 8;

    public static string Show(string name) => name.Length <= Longest ? name : $"{name[..Longest]}…";

    public static string Show(TensorEntry entry) => $"{Show(entry.Name)} {entry.DType} {entry.Shape}";

    /// <summary>The first few of a list, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> names) => List(names.Select(Show), names.Count);

    /// <summary>The same of tensors with their shapes.</summary>
    public static string List(IReadOnlyCollection<TensorEntry> entries) =>
        List(entries.Select(static entry => $"{Show(entry.Name)} {entry.Shape}"), entries.Count);

    private static string List(IEnumerable<string> shown, int count) =>
        string.Join(", ", shown.Take(MostShown)) + (count > MostShown ? $" and {count - MostShown} more" : "");
}
