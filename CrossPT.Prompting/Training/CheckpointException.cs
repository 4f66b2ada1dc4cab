namespace CrossPT.Prompting.Training;

/// <summary>
/// A checkpoint cannot be gone on from: it is missing, broken, or of another run. The message is one sentence that
/// begins with its path.
/// </summary>
public sealed class CheckpointException : IOException
{
    /// <summary>A problem of a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The cause, if another exception was it.</param>
    public CheckpointException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => FilePath = path;

    /// <summary>The file.</summary>
    public string FilePath { get; }
}
