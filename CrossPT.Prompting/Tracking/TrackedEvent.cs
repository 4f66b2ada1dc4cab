namespace CrossPT.Prompting.Tracking;

/// <summary>Some numbers at one step of a run, as TensorBoard shows them.</summary>
/// <param name="Time">When, in seconds since 1970.</param>
/// <param name="Step">Finished steps.</param>
/// <param name="Values">The numbers by tag: <c>loss/rte</c>.</param>
public sealed record TrackedEvent(double Time, long Step, IReadOnlyList<(string Tag, double Value)> Values)
{
    /// <summary>Numbers of now.</summary>
    public static TrackedEvent Now(long step, params IEnumerable<(string Tag, double Value)> values) =>
        new((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds, step, [.. values]);
}
