using System.Text.RegularExpressions;

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

/// <summary>Messages of errors as part of a line for the user.</summary>
internal static partial class ErrorText
{
    /// <summary>The message without its full stop and what .NET appends: parameter name and value.</summary>
    public static string Reason(this Exception error)
    {
        int end = error is ArgumentException ? error.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return (end < 0 ? error.Message : error.Message[..end]).TrimEnd('.');
    }

    /// <summary>A line without the parameter names of any exception whose message went into it.</summary>
    public static string WithoutParameterNames(string line) => ParameterName().Replace(line, "");

    [GeneratedRegex(@" \(Parameter '\w+'\)")]
    private static partial Regex ParameterName();
}
