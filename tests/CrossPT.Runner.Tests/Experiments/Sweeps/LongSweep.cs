namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>A sweep of 24 runs in the demo's world: two methods, four numbers of examples, three seeds.</summary>
internal static class LongSweep
{
    public const int Runs = 24;

    /// <summary>Writes its grid.</summary>
    public static string Write(TempFolder folder, int steps) => folder.Write("grid.json", $$"""
        { "configuration": {
            "model": "demo", "tasks": [ { "name": "demo/sentiment-farm" }, { "name": "demo/order" } ],
            "prompt": { "length": 8 },
            "training": { "steps": {{steps}}, "batch": 8, "batching": "together", "dropout": 0, "checkpointEvery": 7 },
            "evaluation": { "examples": 50, "batch": 50 }, "data": { "sourceLength": 64 } },
          "variants": [ { "name": "PT", "set": { "method": "pt" } }, { "name": "CrossPT",
          "set": { "sources": ["demo/sentiment", "demo/mood"] } } ],
          "product": { "eachTask.shots": [8, 16, 32, 64], "seed": [1, 2, 3] }, "baseline": "PT" }
        """);
}
