using CrossPT.Prompting.Tasks;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

public sealed class SharedDataTests
{
    [Fact]
    public void GlueJson_HasThePublishedRows()
    {
        // SST-2, QNLI, MNLI and QQP are there in part; those numbers are the parts'.
        (string Task, int Train, int Validation)[] published =
        [
            ("cola", 8551, 1043), ("mrpc", 3668, 408), ("rte", 2490, 277), ("stsb", 5749, 1500), ("wnli", 635, 71),
            ("sst2", 20000, 872), ("qnli", 8999, 5463), ("qqp", 8999, 1000),
        ];
        foreach ((string name, int train, int validation) in published)
        {
            TaskDeclaration task = BuiltInTasks.Find(name)!;
            Assert.Equal((name, train, validation), (name, Count(task, task.Train), Count(task, task.Validation)));
        }
        TaskDeclaration mnli = BuiltInTasks.Find("mnli")!;
        Assert.Equal((8999, 5000), (Count(mnli, mnli.Train), Count(mnli, mnli.Test)));
    }

    [Fact]
    public void OfficialFiles_SayTheSameAsJson()
    {
        Same("rte", "RTE/dev.tsv", 277);
        Same("cola", "CoLA/dev.tsv", 1043);
        Same("qnli", "QNLI/dev.tsv", 599);

        static void Same(string name, string file, int rows)
        {
            TaskDeclaration task = BuiltInTasks.Find(name)!;
            Example[] official = TaskData.Read(SharedFolder.Path("data/raw", file), task);
            Assert.Equal(rows, official.Length);
            Assert.Equal(
                TaskData.Read(SharedFolder.Path($"data/glue/{name}/validation.jsonl"), task)[..rows], official);
        }
    }

    [Fact]
    public void OfficialMrpc_StartsWithAByteOrderMark()
    {
        Example[] rows = TaskData.Read(
            SharedFolder.Path("data/raw/MRPC/msr_paraphrase_test.txt"), BuiltInTasks.Find("mrpc")!);
        Assert.Equal(400, rows.Length);
        Assert.Equal(1, rows[0].Label);
        Assert.StartsWith(
            "sentence1: PCCW's chief operating officer, Mike Butcher,", rows[0].Text, StringComparison.Ordinal);
        Assert.EndsWith(
            "Group Chief Financial Officer Alex Arena will report to So.", rows[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void StsbScores_AreRoundedAsT5Does()
    {
        TaskDeclaration task = BuiltInTasks.Find("stsb")!;
        Example[] rows = TaskData.Read(SharedFolder.Path("data/glue/stsb/train.jsonl"), task);
        Assert.All(rows, row => Assert.InRange(task.Scale!.ScoreAt(row.Label) - row.Score!.Value, -0.1001, 0.1001));
        Assert.Equal(26, rows.Select(static row => row.Label).Distinct().Count());
    }

    private static int Count(TaskDeclaration task, IReadOnlyList<TaskLocation> part) =>
        TaskData.Read(TaskData.Find(part, SharedFolder.Path("data"))!, task).Examples.Count;
}
