using System.Text.RegularExpressions;

namespace CrossPT.Runner.Tests.Configuration;

/// <summary>Every numeric option that the help pages list at, below and above its bounds.</summary>
public sealed partial class OptionBoundsTests
{
    [Fact]
    public void Number_AtItsBounds_IsTakenOrRefusedInOneLine()
    {
        int numeric = 0;
        string list = CliRun.Of("--help").Output;
        foreach (string command in Commands().Matches(list).Select(static match => match.Groups[1].Value))
        {
            string help = CliRun.Of([.. command.Split(' '), "--help"]).Output.Split("\neverywhere:")[0];
            string page = command == "doctor" ? list : help;
            foreach (string option in Options().Matches(page).Select(static match => match.Groups[1].Value))
            {
                CliRun Run(string value, params string[] more) =>
                    CliRun.Of([.. Words(command, page, option), $"{option}={value}", .. more]);

                CliRun refusal = Run(NumberBounds.TooLarge);
                Assert.DoesNotContain("CROSSPT_DEBUG", refusal.Error, StringComparison.Ordinal);
                if (NumberBounds.Of(refusal) is not { } bounds) continue;
                numeric++;
                foreach (string value in bounds.Outside) Run(value).AssertBadInput(option, $"'{value}'");
                foreach (string value in bounds.Within)
                {
                    // No such device, nor such files: what matters is that the number is not what is refused.
                    CliRun taken = Run(value, "--device", "none");
                    taken.AssertBadInput();
                    Assert.DoesNotContain($"{option}: found", taken.Error, StringComparison.Ordinal);
                }
            }
        }
        Assert.True(numeric >= 17, $"{numeric} numeric options");
    }

    /// <summary>The command with what it cannot do without.</summary>
    private static IEnumerable<string> Words(string command, string page, string option)
    {
        foreach (string word in command.Split(' ')) yield return word;
        if (command == "bench step") yield return "--preset=t5-small";
        if (command == "doctor") yield break;
        string usage = Usage().Match(page).Groups[1].Value[$"crosspt {command}".Length..];
        foreach (Match needed in Needed().Matches(Optional().Replace(usage, "")))
        {
            string name = needed.Groups[1].Value;
            if (name != option) yield return name.Length > 0 ? $"{name}=1" : "1";
        }
    }

    [GeneratedRegex("^  ([a-z]+(?: [a-z]+)?)  +\\S", RegexOptions.Multiline)]
    private static partial Regex Commands();

    /// <summary>The values of numeric options are called by a single letter.</summary>
    [GeneratedRegex("^  (--[a-z-]+) [A-Z]  ", RegexOptions.Multiline)]
    private static partial Regex Options();

    [GeneratedRegex("^usage: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Usage();

    [GeneratedRegex("\\[[^]]*\\]")]
    private static partial Regex Optional();

    [GeneratedRegex("(--[a-z-]+)? ?\\b[A-Z]+…?")]
    private static partial Regex Needed();
}
