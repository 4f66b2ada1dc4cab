using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Sweeps;

/// <summary>A run of a sweep.</summary>
/// <param name="Name">Its name, which is its folder's.</param>
/// <param name="Settings">What makes it this run: a label by axis.</param>
/// <param name="Configuration">All it is told.</param>
internal sealed record SweepRun(string Name, IReadOnlyDictionary<string, string> Settings, RunConfiguration Configuration);
