using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Sweeps;

/// <summary>What the time and memory of a step depend on: runs that differ in seeds, rates, numbers of steps and values alone have one shape.</summary>
internal static class RunShape
{
    // Of the section "training", what a step's work depends on.
    private static readonly string[] s_training = ["batch", "batching", "optimizer", "dropout"];

    /// <summary>A text that is the same for runs of one shape.</summary>
    public static string Of(RunConfiguration configuration)
    {
        JsonElement settings = RunSettings.Of(configuration);
        IEnumerable<string> parts = settings.EnumerateObject()
            .Where(static member => member.Name is not ("seed" or "training" or "evaluation"))
            .Select(static member => member.Name == "router" ? Words(member.Value) : member.Value.GetRawText())
            .Concat(settings.GetProperty("training").EnumerateObject().Where(static member => s_training.Contains(member.Name)).Select(static member => member.Value.GetRawText()));
        return string.Join('\n', parts);
    }

    /// <summary>A router's kinds and numbers of things, not its biases and temperatures.</summary>
    private static string Words(JsonElement router) => router.ValueKind != JsonValueKind.Object ? router.GetRawText() : string.Join(',', router.EnumerateObject()
        .Where(static member => member.Value.ValueKind != JsonValueKind.Number || member.Value.TryGetInt32(out _))
        .Select(static member => $"{member.Name}={member.Value.GetRawText()}"));
}
