using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

/// <summary>
/// Parquet files of Apache Arrow's own writer, with the columns and metadata that the hub's have
/// (tests/fixtures/parquet).
/// </summary>
public sealed class ParquetTests
{
    private static readonly string s_folder = FixtureFolder();

    [Theory]
    [InlineData("rte-plain")]
    [InlineData("rte-snappy")]
    [InlineData("rte-gzip")]
    [InlineData("rte-zstd")]
    [InlineData("rte-brotli")]
    [InlineData("rte-lz4")]
    [InlineData("rte-v2")]
    public void Rows_OfEveryCompression_AreRead(string name)
    {
        Example[] rows = Read(name, "rte");
        Assert.Equal(
            [
                new Example("sentence1: Herceptin was already approved. sentence2: It is to treat breast cancer.",
                    0),
                new Example("sentence1: A 😀 \"quoted\"\ttext,\nof two lines sentence2: B", 1),
                new Example("sentence1: C sentence2: D", 1),
            ],
            rows);
    }

    [Fact]
    public void LabelNames_OfTheFile_ComeBeforeItsNumbers() =>
        Assert.Equal([1, 0, 1], Read("rte-names", "rte").Select(static row => row.Label));

    [Fact]
    public void Scores_AndTruthValues_AreRead()
    {
        Assert.Equal([5, 3.8f, 0], Read("stsb", "stsb").Select(static row => (float)row.Score!.Value));
        Assert.Equal([1, 0, 1], Read("boolq", "boolq").Select(static row => row.Label));
    }

    [Fact]
    public void Lists_AndStructs_AreReadByTasksThatNeedThem()
    {
        Example[] rows = Read("record", "record");
        Assert.Equal([["Ann", "Bob"], ["Eve"], ["Al", "Bo"]], rows.Select(static row => row.Candidates));
        Assert.Equal([["Ann"], ["Eve"], ["Al", "Bo"]], rows.Select(static row => row.Answers));
        rows = Read("multirc", "multirc");
        Assert.Equal([("3.1", 1), ("3.1", 0)], rows.Select(static row => (row.Group, row.Label)));
    }

    [Theory]
    [InlineData("imdb", 40, 0)]
    [InlineData("unlabelled", 3, 1)]
    public void WithoutADeclaration_LabelsAreTheFilesNames_AndRowsWithoutALabelAreDropped(
        string name, int count, int dropped)
    {
        TaskDeclaration task = new TaskSettings("films") { TrainFile = PathOf(name) }.Declare();
        Assert.Equal(["text"], task.Fields);
        Assert.Equal(["neg", "pos"], task.Labels.Select(static label => label.Word));
        TaskRows rows = TaskData.Read(TaskLocation.Of(PathOf(name)), task);
        Assert.Equal((count, dropped), (rows.Examples.Count, rows.DroppedLabels));
        Assert.Equal(("a fine film, number 0", 1), (rows.Examples[0].Text, rows.Examples[0].Label));
    }

    [Fact]
    public void NullsAndEmptyLists_KeepTheirRows()
    {
        List<string> rows = [];
        foreach ((_, System.Text.Json.JsonElement row) in CrossPT.Prompting.Tasks.Reading.Parquet.ParquetRows.Read(
            TaskLocation.Of(PathOf("lists")), null))
            rows.Add(row.GetRawText());
        Assert.Equal(
            [
                """{"text":"a","words":["x",null],"numbers":[1,2,3]}""", """{"text":null,"words":[],"numbers":[]}""",
                """{"text":"c","words":[],"numbers":[4]}""", """{"text":"d","words":["y"],"numbers":[]}""",
            ],
            rows);
    }

    [Theory]
    [InlineData("stsb", "sst2", "stsb.parquet: no column \"sentence\", only sentence1, sentence2, label, idx")]
    [InlineData("lists", "rte", "no column \"sentence1\"")]
    [InlineData("stsb", "rte", "stsb.parquet:1: \"label\" is 5, expected a label of the task 'rte': 0, 1")]
    public void WhatDoesNotFit_IsRefused(string name, string task, string message) => Assert.Contains(
        message, Assert.Throws<TaskDataException>(() => Read(name, task)).Message, StringComparison.Ordinal);

    [Fact]
    public void TheHubsFiles_AreFound_ShardByShard()
    {
        using TempFolder folder = new();
        TaskDeclaration rte = BuiltInTasks.Find("rte")!;
        Copy("rte-snappy", "glue/rte/validation/0000.parquet");
        Assert.Equal(3, Count(rte.Validation));
        Copy("rte-zstd", "glue/rte/validation/0001.parquet");
        Assert.Equal(6, Count(rte.Validation));
        Copy("rte-snappy", "glue/rte/train-00000-of-00002.parquet");
        Assert.EndsWith("train-00001-of-00002.parquet: no such file, expected a Parquet file",
            Assert.Throws<TaskDataException>(() => Count(rte.Train)).Message, StringComparison.Ordinal);
        Copy("rte-gzip", "glue/rte/train-00001-of-00002.parquet");
        Assert.Equal(6, Count(rte.Train));

        void Copy(string name, string to)
        {
            string path = folder.PathOf(to);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(PathOf(name), path);
        }

        int Count(IReadOnlyList<TaskLocation> part) =>
            TaskData.Read(TaskData.Find(part, folder.FullName)!, rte).Examples.Count;
    }

    // A broken file is one line, and nothing is allocated that it only claims.
    [Theory]
    [InlineData("rte-snappy")]
    [InlineData("rte-zstd")]
    [InlineData("rte-gzip")]
    [InlineData("rte-v2")]
    [InlineData("rte-plain")]
    [InlineData("record")]
    public void AnyByteChanged_GivesRowsOrOneLine(string name)
    {
        using TempFolder folder = new();
        string path = folder.PathOf("x.parquet");
        byte[] whole = File.ReadAllBytes(PathOf(name));
        TaskDeclaration task = BuiltInTasks.Find(name.Split('-')[0])!;
        Random random = new(20_26);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] bad = [.. whole];
            int changes = 1 + random.Next(3);
            for (int j = 0; j < changes; j++)
                bad[random.Next(bad.Length)] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
            if (i % 7 == 0) bad = bad[..random.Next(bad.Length)];
            File.WriteAllBytes(path, bad);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Environment.TickCount64;
            try
            {
                TaskData.Read(path, task);
            }
            catch (TaskDataException)
            {
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
            Assert.InRange(Environment.TickCount64 - start, 0, 2000);
        }
        Assert.InRange(refused, 100, 300);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("PAR1\u0000\u0000\u0000\u0000PAR1")]
    [InlineData("PAR1\u007f\u007f\u007f\u007fPAR1")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")]
    public void WhatIsNoParquetFile_IsRefused(string content)
    {
        using TempFolder folder = new();
        string path = folder.Write("x.parquet", content);
        string message = Assert.Throws<TaskDataException>(() => TaskData.Read(path, BuiltInTasks.Find("rte")!)).Message;
        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static Example[] Read(string name, string task) =>
        TaskData.Read(PathOf(name), BuiltInTasks.Find(task)!);

    private static string PathOf(string name) => Path.Combine(s_folder, $"{name}.parquet");

    private static string FixtureFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "tests", "fixtures")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "fixtures", "parquet");
    }
}
