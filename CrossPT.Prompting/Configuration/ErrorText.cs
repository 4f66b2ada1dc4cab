using System.Text.RegularExpressions;

namespace CrossPT.Prompting.Configuration;

/// <summary>What an error says where its message becomes part of a line for the user.</summary>
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
