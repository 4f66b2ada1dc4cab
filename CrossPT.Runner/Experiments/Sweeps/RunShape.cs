using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// What the time and memory of a step depend on: runs that differ in seeds, rates, numbers of steps and values alone
/// have one shape.
/// </summary>
internal static class RunShape
{
    // Of the section "training", what a step's work depends on.
    private static readonly string[] s_training = ["batch", "batching", "optimizer", "dropout"];

    /// <summary>A text that is the same for runs of one shape.</summary>
    public static string Of(RunConfiguration configuration)
    {
        List<string> parts = [];
        foreach ((string name, ConfigValue value) in configuration.ToValue().Members)
        {
            if (name is "seed" or "evaluation") continue;
            if (name == "training") parts.AddRange(Members(value, static (name, _) => s_training.Contains(name)));
            // A router's kinds and numbers of things, not its biases and temperatures.
            else if (name == "router") parts.AddRange(Members(value, static (_, value) => !IsFraction(value)));
            else parts.Add(ConfigJson.Text(value));
        }
        return string.Join('\n', parts);
    }

    private static IEnumerable<string> Members(ConfigValue section, Func<string, ConfigValue, bool> isPart) =>
        section.Members.Where(member => isPart(member.Name, member.Value))
            .Select(static member => $"{member.Name}={ConfigJson.Text(member.Value)}");

    private static bool IsFraction(ConfigValue value) =>
        value.Kind == ConfigKind.Number && !int.TryParse(value.Text, out _);
}
