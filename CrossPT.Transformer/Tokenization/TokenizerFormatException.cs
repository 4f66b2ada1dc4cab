namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// A tokenizer file is missing, damaged or of a kind that is not supported.
/// The message is one sentence that names the file, the place in it, what was found and what was expected.
/// </summary>
public sealed class TokenizerFormatException : IOException
{
    /// <summary>Creates the error.</summary>
    /// <param name="file">The file or folder.</param>
    /// <param name="place">The place in it (a byte offset or a JSON path), or empty for the file as a whole.</param>
    /// <param name="found">The content found.</param>
    /// <param name="expected">The content expected.</param>
    /// <param name="inner">The cause, if another error brought this to light.</param>
    public TokenizerFormatException(string file, string place, string found, string expected, Exception? inner = null)
        : base($"{file}{(place.Length == 0 ? "" : $", {place}")}: found {found}, expected {expected}.", inner)
    {
        FilePath = file;
        Place = place;
        Found = found;
        Expected = expected;
    }

    /// <summary>The file or folder.</summary>
    public string FilePath { get; }

    /// <summary>The place in the file: a byte offset or a JSON path; empty for the file as a whole.</summary>
    public string Place { get; }

    /// <summary>The content found.</summary>
    public string Found { get; }

    /// <summary>The content expected.</summary>
    public string Expected { get; }
}
