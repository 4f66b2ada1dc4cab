using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tests.Training;

public sealed class TrainingHistoryTests
{
    [Fact]
    public void Repair_DropsWhatTheCheckpointDoesNotKnow()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("history.jsonl");
        for (int i = 1; i <= 4; i++)
        {
            TrainingHistory.Append(path, Step(i));
            if (i % 2 == 0) TrainingHistory.Append(path, new TrainingEvaluation(i, 0.25 * i, i == 2));
        }
        byte[] whole = File.ReadAllBytes(path);
        TrainingHistory.Repair(path, 4, 4);
        Assert.Equal(whole, File.ReadAllBytes(path));
        // The evaluation after step 4 is to be made again; then all after step 3.
        File.AppendAllText(path, "{\"step\":5,\"lo");
        TrainingHistory.Repair(path, 4, 2);
        Assert.Equal([1, 2, 3, 4], TrainingHistory.Read(path).Select(static one => one.Number));
        Assert.Equal(5, File.ReadAllLines(path).Length);
        TrainingHistory.Repair(path, 3, 2);
        Assert.Equal([1, 2, 3], TrainingHistory.Read(path).Select(static one => one.Number));
        Assert.Contains("\"score\":0.5,\"best\":true", File.ReadAllText(path), StringComparison.Ordinal);
        TrainingHistory.Repair(folder.PathOf("missing"), 3, 2);
        Assert.False(File.Exists(folder.PathOf("missing")));
    }

    [Fact]
    public void Read_GivesWhatWasAppended()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("history.jsonl");
        TrainingHistory.Append(path, Step(7));
        Assert.Equivalent(Step(7), Assert.Single(TrainingHistory.Read(path)));
        Assert.Empty(TrainingHistory.Read(folder.PathOf("missing")));
    }

    private static TrainingStep Step(int number) => new(
        number, 1.0 / 3, 0.25, 100,
        new Dictionary<ParameterRole, double> { [ParameterRole.Private] = 0.3, [ParameterRole.Router] = 0.1 }, 5, 3)
    {
        TaskLosses = new Dictionary<string, double> { ["rte"] = 2.0 / 3, ["mrpc"] = 0.5 },
    };
}
