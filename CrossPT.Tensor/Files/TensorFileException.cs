using System.Globalization;
using System.Text;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A tensor file cannot be read. The message is one sentence: the file, the place in it, what was found and what was
/// expected.
/// </summary>
public sealed class TensorFileException : IOException
{
    /// <summary>An error in the file at <paramref name="filePath"/>.</summary>
    /// <param name="filePath">The file, as the user gave it.</param>
    /// <param name="problem">Place, what was found, what was expected; without the path and without a full
    /// stop.</param>
    /// <param name="inner">The cause, when the operating system reported one.</param>
    public TensorFileException(string filePath, string problem, Exception? inner = null)
        : base($"{filePath}: {problem}.", inner) => FilePath = filePath;

    /// <summary>The file that cannot be read.</summary>
    public string FilePath { get; }

    /// <summary>Text from a file, fit for a message: in quotes, cut short, control characters as escapes.</summary>
    internal static string Quote(string text)
    {
        const int longest = 80;
        StringBuilder shown = new("'");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, longest)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c)) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }
        if (text.Length > longest) shown.Append(CultureInfo.InvariantCulture, $"… ({text.Length} characters)");
        return shown.Append('\'').ToString();
    }
}
