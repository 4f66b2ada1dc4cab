using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>Settings of all runs, one by one: what they share, and where it was computed.</summary>
/// <param name="Common">Settings that all runs share, by path.</param>
/// <param name="Environment">Devices and versions, each with the values that occur.</param>
internal sealed record SettingData(IReadOnlyList<(string Path, string Value)> Common, IReadOnlyList<(string Name, string Values)> Environment)
{
    private const string Configuration = "configuration.";

    /// <summary>Of the runs that have a <c>config.json</c>.</summary>
    /// <exception cref="IOException">One of them is broken.</exception>
    public static SettingData Of(IReadOnlyList<ResultRun> runs)
    {
        List<Dictionary<string, string>> all = [.. runs.Where(static run => run.Record is not null).Select(static run => ResultJson.Read(run.PathOf(RunFolder.ConfigName), "a run's record", static root =>
        {
            Dictionary<string, string> leaves = [];
            JsonLeaves.Add(root, "", leaves);
            return leaves;
        }))];
        if (all.Count == 0) return new SettingData([], []);
        (string, string)[] common = [.. all[0].Where(one => one.Key.StartsWith(Configuration, StringComparison.Ordinal) && all.All(other => other.GetValueOrDefault(one.Key) == one.Value))
            .Select(static one => (one.Key[Configuration.Length..], one.Value))];
        (string, string)[] environment = [.. ((string, string)[])
            [
                ("model", "model.name"), ("SHA-256 of the model", "model.sha256"), ("device", "device.name"), ("SIMD width", "device.simd"), ("threads", "device.threads"),
                ("crosspt", "versions.crosspt"), ("runtime", "versions.runtime"), ("system", "versions.system"),
            ]];
        return new SettingData(common, [.. environment
            .Select(one => (one.Item1, Values: string.Join(", ", all.Select(leaves => leaves.GetValueOrDefault(one.Item2)).OfType<string>().Distinct())))
            .Where(static one => one.Values.Length > 0)]);
    }
}
