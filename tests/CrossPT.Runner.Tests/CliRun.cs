using System.Text;
using System.Text.Json;

namespace CrossPT.Runner.Tests;

/// <summary>One run of the command line inside the test process: what it answered.</summary>
internal sealed record CliRun(int Code, string Output, string Error)
{
    public static CliRun Of(params string[] args) => With("", args);

    /// <summary>Runs with a text on standard input.</summary>
    public static CliRun With(string input, params string[] args) => With(Encoding.UTF8.GetBytes(input), args);

    /// <summary>Runs with environment variables of its own, and none of the process.</summary>
    public static CliRun In(IReadOnlyDictionary<string, string> variables, params string[] args) =>
        Start([], name => variables.GetValueOrDefault(name), args);

    /// <summary>Runs with the process's environment, the network off: no test may ask a real server.</summary>
    public static CliRun With(byte[] input, params string[] args) => Start(input, Offline, args);

    private static string? Offline(string name) => name switch
    {
        "HF_HUB_OFFLINE" => "1",
        _ when name.StartsWith("MLFLOW_", StringComparison.Ordinal) => null,
        _ => Environment.GetEnvironmentVariable(name),
    };

    private static CliRun Start(byte[] input, Func<string, string?> variable, string[] args)
    {
        using MemoryStream output = new();
        using StringWriter error = new();
        int code = Program.Run(args, new MemoryStream(input), output, error, variable);
        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    /// <summary>The output as the one JSON document it has to be.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>
    /// Checks that the run ended as a bad input does: code 2, one line that holds the given words, no stack trace, no
    /// output.
    /// </summary>
    public void AssertBadInput(params string[] words)
    {
        Assert.Equal(2, Code);
        Assert.Equal("", Output);
        AssertOneLine(words);
    }

    public void AssertOneLine(params string[] words)
    {
        string line = Assert.Single(Error.TrimEnd().Split('\n'));
        Assert.StartsWith("crosspt: ", line);
        Assert.DoesNotContain("   at ", line);
        foreach (string word in words) Assert.Contains(word, line);
    }
}
