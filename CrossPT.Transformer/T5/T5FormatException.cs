namespace CrossPT.Transformer;

/// <summary>
/// A configuration or checkpoint that makes no T5: one sentence that names the file, the place in it, what was found
/// and what was expected.
/// </summary>
public sealed class T5FormatException : IOException
{
    /// <summary>A problem of <paramref name="file"/>.</summary>
    public T5FormatException(string file, string problem, Exception? inner = null)
        : base($"{file} {problem}", inner) => FilePath = file;

    /// <summary>The file.</summary>
    public string FilePath { get; }
}
