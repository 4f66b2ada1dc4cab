namespace CrossPT.Runner.Experiments.Results;

/// <summary><c>failure.json</c> of a run in a sweep: <c>{"message", "kind", "time"}</c>.</summary>
internal static class FailureFile
{
    public const string Name = "failure.json";

    /// <summary>How a run that is not finished ended, and why.</summary>
    /// <exception cref="IOException">The file is something else.</exception>
    public static (RunStatus Status, string? Message) Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path)) return (RunStatus.Unfinished, null);
        return ResultJson.Read(path, "why a run failed", static root => (
            root.GetProperty("kind").GetString() == "diverged" ? RunStatus.Diverged : RunStatus.Failed,
            root.GetProperty("message").GetString()));
    }
}
