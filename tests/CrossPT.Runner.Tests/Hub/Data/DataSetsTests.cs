using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Hub.Data;

namespace CrossPT.Runner.Tests.Hub.Data;

/// <summary>The table of data sets beside the tasks that read them.</summary>
public sealed class DataSetsTests
{
    public static TheoryData<string> Tasks => [.. BuiltInTasks.Names];

    // Files of the very names that pull leaves are what the built-in task looks for.
    [Theory]
    [MemberData(nameof(Tasks))]
    public void Set_OfEachTask_IsWhereTheTaskLooks(string task)
    {
        using TempFolder folder = new();
        DataSet set = Assert.Single(DataSets.Find(task));
        foreach (string path in set.Files.SelectMany(static file => file.Paths))
        {
            string full = Path.Combine(folder.FullName, path);
            Directory.CreateDirectory(path.EndsWith('/') ? full : Path.GetDirectoryName(full)!);
            if (!path.EndsWith('/')) File.WriteAllText(full, "");
        }
        TaskDeclaration declared = BuiltInTasks.Find(task)!;
        Assert.NotNull(TaskData.Find(declared.Train, folder.FullName));
        Assert.NotNull(TaskData.Find(declared.Validation, folder.FullName));
        if (declared.Test.Count > 0) Assert.NotNull(TaskData.Find(declared.Test, folder.FullName));
    }

    [Fact]
    public void Collections_AreWhole()
    {
        Assert.Equal(
            ["cola", "sst2", "mrpc", "qqp", "stsb", "mnli", "qnli", "rte", "wnli", "ax"],
            DataSets.Find("glue").Select(static set => set.Name));
        Assert.Equal(
            ["boolq", "cb", "copa", "multirc", "record", "superglue-rte", "wic", "wsc", "axb", "axg"],
            DataSets.Find("superglue").Select(static set => set.Name));
        Assert.Empty(DataSets.Find("t5-base"));
    }

    [Fact]
    public void Files_OfGlue_HaveSizesAndHashes()
    {
        Assert.All(DataSets.Find("glue").SelectMany(static set => set.Files), static file =>
        {
            Assert.NotNull(file.Bytes);
            Assert.Equal(64, file.Sha256!.Length);
        });
        Assert.All(
            DataSets.All.SelectMany(static set => set.Files),
            static file => Assert.StartsWith("https://", file.Address, StringComparison.Ordinal));
    }
}
