namespace CrossPT.Prompting.Files;

/// <summary>
/// A prompt cannot be written as asked. The message is one sentence: the path, what was found and what was expected.
/// </summary>
public sealed class PromptExportException : IOException
{
    /// <summary>An error at the path that was to be written.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What was found and what was expected; without the path and without a full stop.</param>
    /// <param name="inner">The cause, if another exception was it.</param>
    public PromptExportException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}.", inner)
    {
    }
}
