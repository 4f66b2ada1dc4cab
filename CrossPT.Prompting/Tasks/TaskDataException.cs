namespace CrossPT.Prompting.Tasks;

/// <summary>
/// Data of a task cannot be used: one sentence that names the file, the line, what was found and what was expected.
/// </summary>
public sealed class TaskDataException : IOException
{
    /// <summary>A problem of a file as a whole.</summary>
    public TaskDataException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner) => (FilePath, Problem) = (file, problem);

    /// <summary>A problem of a line, counted from 1.</summary>
    public TaskDataException(string file, int line, string problem, Exception? inner = null)
        : base($"{file}:{line}: {problem}", inner) => (FilePath, Problem) = (file, problem);

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The sentence without its place.</summary>
    public string Problem { get; }
}
