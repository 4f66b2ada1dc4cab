namespace CrossPT.Prompting.Configuration;

/// <summary>
/// A configuration cannot be used. The message is one sentence: the file, line and column, the key, what was found and
/// what was expected.
/// </summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>An error at a place in a configuration.</summary>
    /// <param name="place">File, line and column: <c>run.json:3:14</c>; or the override it came from.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The cause, if another exception was it.</param>
    public ConfigurationException(string place, string problem, Exception? inner = null)
        : base($"{place}: {problem}", inner) => Place = place;

    /// <summary>Where it is: <c>run.json:3:14</c>.</summary>
    public string Place { get; }
}
