using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

/// <summary>Every built-in task from a folder laid out as its official archive is.</summary>
public sealed class OfficialLayoutTests
{
    [Theory]
    [InlineData("cola", "CoLA/train.tsv", "gj04\t0\t*\tHim \"barked.\n", 0, "sentence1: Him \"barked.")]
    [InlineData("sst2", "SST-2/train.tsv", "sentence\tlabel\na charm \t1\r\n", 1, "sentence1: a charm ")]
    [InlineData(
        "mrpc", "MRPC/train.tsv", "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tA \"x\t\"B y\r\n", 1,
        "sentence1: A \"x sentence2: \"B y")]
    [InlineData(
        "qqp", "QQP/train.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tWhy?\tHow?\t0\n", 0,
        "sentence1: Why? sentence2: How?")]
    [InlineData(
        "stsb", "STS-B/train.tsv", "index\tsentence1\tsentence2\tscore\n0\tA\tB\t3.500\n", 18,
        "sentence1: A sentence2: B")]
    [InlineData(
        "mnli", "MNLI/train.tsv", "index\tsentence1\tsentence2\tlabel1\tgold_label\n0\tA\tB\tneutral\tcontradiction\n",
        2, "premise: A hypothesis: B")]
    [InlineData(
        "qnli", "QNLI/train.tsv", "index\tquestion\tsentence\tlabel\n0\tA\tB\tnot_entailment\n", 1,
        "sentence1: A sentence2: B")]
    [InlineData(
        "rte", "RTE/train.tsv", "index\tsentence1\tsentence2\tlabel\n0\tA\tB\tentailment\n", 0,
        "sentence1: A sentence2: B")]
    [InlineData(
        "wnli", "WNLI/train.tsv", "index\tsentence1\tsentence2\tlabel\n0\tA\tB\t1\n", 1, "sentence1: A sentence2: B")]
    [InlineData(
        "boolq", "BoolQ/train.jsonl", """{"question": "q", "passage": "p", "idx": 0, "label": true}""", 1,
        "passage: p question: q")]
    [InlineData(
        "cb", "CB/train.jsonl", """{"premise": "p", "hypothesis": "h", "label": "contradiction"}""", 1,
        "premise: p hypothesis: h")]
    [InlineData("copa", "COPA/train.jsonl", """
        {"premise": "p", "choice1": "a", "choice2": "b", "question": "cause", "label": 1}
        """, 1,
        "premise: p question: cause choice1: a choice2: b")]
    [InlineData("wic", "WiC/train.jsonl", """
        {"word": "w", "sentence1": "a", "sentence2": "b", "label": false, "start1": 3}
        """, 0,
        "sentence1: a sentence2: b word: w")]
    [InlineData("superglue-rte", "RTE/train.jsonl", """
        {"premise": "p", "hypothesis": "h", "label": "not_entailment"}
        """, 1, "premise: p hypothesis: h")]
    [InlineData("snli", "snli_1.0/snli_1.0_train.jsonl", """
        {"gold_label": "neutral", "sentence1": "a", "sentence2": "b"}
        """, 1, "premise: a hypothesis: b")]
    [InlineData("multinli", "multinli_1.0/multinli_1.0_train.jsonl", """
        {"gold_label": "entailment", "sentence1": "a", "sentence2": "b"}
        """, 0,
        "premise: a hypothesis: b")]
    [InlineData(
        "scitail", "SciTailV1.1/tsv_format/scitail_1.0_train.tsv", "a\tb\tentails\n", 0, "premise: a hypothesis: b")]
    [InlineData(
        "paws", "final/train.tsv", "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t1\n", 1, "sentence1: a sentence2: b")]
    [InlineData(
        "yelp", "yelp_review_polarity_csv/train.csv", "\"2\",\"Good, \"\"so\"\" good\"\n", 1,
        "sentence: Good, \"so\" good")]
    [InlineData("imdb", "aclImdb/train/neg/0_3.txt", "Bad.", 0, "sentence: Bad.")]
    public void Training_IsReadAsItIsPublished(string name, string file, string content, int label, string text)
    {
        using TempFolder folder = new();
        folder.Write(file, content);
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        TaskLocation location = Assert.IsType<TaskLocation>(TaskData.Find(task.Train, folder.FullName));
        Example row = Assert.Single(TaskData.Read(location, task).Examples);
        Assert.Equal((label, text), (row.Label, row.Text));
    }

    [Theory]
    [InlineData("cola", "CoLA/dev.tsv", null)]
    [InlineData("mnli", "MNLI/dev_mismatched.tsv", "MNLI/dev_matched.tsv")]
    [InlineData("boolq", "BoolQ/val.jsonl", null)]
    [InlineData("snli", "snli_1.0/snli_1.0_dev.jsonl", "snli_1.0/snli_1.0_test.jsonl")]
    [InlineData("paws", "final/dev.tsv", "final/test.tsv")]
    [InlineData("scitail", "SciTailV1.1/tsv_format/scitail_1.0_dev.tsv", "SciTailV1.1/tsv_format/scitail_1.0_test.tsv")]
    public void OtherParts_AreDeclared(string name, string validation, string? test)
    {
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        Assert.Contains(task.Validation, location => location.File == validation);
        Assert.True(test is null || task.Test.Any(location => location.File == test));
    }

    [Fact]
    public void Mrpc_IsDividedByTheListOfDevelopmentRows()
    {
        using TempFolder folder = new();
        folder.Write(
            "MRPC/msr_paraphrase_train.txt",
            "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t1\t2\ta\tb\r\n0\t2\t1\tc\td\r\n1\t3\t4\te\tf\r\n");
        folder.Write("MRPC/mrpc_dev_ids.tsv", "2\t1\n9\t9\n");
        TaskDeclaration task = BuiltInTasks.Find("mrpc")!;
        Assert.Equal(["sentence1: a sentence2: b", "sentence1: e sentence2: f"], Texts(task.Train));
        Assert.Equal(["sentence1: c sentence2: d"], Texts(task.Validation));
        folder.Write("MRPC/mrpc_dev_ids.tsv", "2\n");
        Assert.EndsWith(
            "mrpc_dev_ids.tsv:1: found 1 column, expected 2",
            Assert.Throws<TaskDataException>(() => Texts(task.Train)).Message, StringComparison.Ordinal);

        string[] Texts(IReadOnlyList<TaskLocation> part) =>
            [.. TaskData.Read(TaskData.Find(part, folder.FullName)!, task).Examples.Select(static row => row.Text)];
    }

    [Fact]
    public void Qqp_ShortRows_AreDroppedAndCounted()
    {
        using TempFolder folder = new();
        folder.Write(
            "QQP/train.tsv",
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tWhy?\n\n1\t1\t2\tWhy?\tHow?\t1\n");
        TaskDeclaration task = BuiltInTasks.Find("qqp")!;
        TaskRows rows = TaskData.Read(TaskData.Find(task.Train, folder.FullName)!, task);
        Assert.Equal((1, 2, 0), (rows.Examples.Count, rows.ShortRows, rows.DroppedLabels));
    }

    [Fact]
    public void Snli_RowsWithoutALabel_AreDroppedAndCounted()
    {
        using TempFolder folder = new();
        string path = folder.Write("snli_1.0_dev.jsonl", """
            {"gold_label": "-", "sentence1": "a", "sentence2": "b"}
            {"gold_label": "entailment", "sentence1": "a", "sentence2": "b"}
            """);
        TaskDeclaration task = BuiltInTasks.Find("snli")!;
        TaskRows rows = TaskData.Read(TaskData.LocationOf(path, task), task);
        Assert.Equal((1, 1), (rows.Examples.Count, rows.DroppedLabels));
    }

    [Fact]
    public void Imdb_ReadsLabelFoldersInOrder_AndNoOther()
    {
        using TempFolder folder = new();
        foreach (string file in (string[])["pos/1_9.txt", "pos/0_9.txt", "neg/5_1.txt", "unsup/0_0.txt"])
            folder.Write($"aclImdb/train/{file}", file);
        TaskDeclaration task = BuiltInTasks.Find("imdb")!;
        IReadOnlyList<Example> rows = TaskData.Read(TaskData.Find(task.Train, folder.FullName)!, task).Examples;
        Assert.Equal(
            [("sentence: neg/5_1.txt", 0), ("sentence: pos/0_9.txt", 1), ("sentence: pos/1_9.txt", 1)],
            rows.Select(static row => (row.Text, row.Label)));
    }

    [Fact]
    public void TheFirstPlaceThatExists_IsRead()
    {
        using TempFolder folder = new();
        TaskDeclaration task = BuiltInTasks.Find("rte")!;
        Assert.Null(TaskData.Find(task.Train, folder.FullName));
        folder.Write("RTE/train.tsv", "");
        Assert.Equal(folder.PathOf("RTE/train.tsv"), TaskData.Find(task.Train, folder.FullName)!.File);
        folder.Write("glue/rte/train.jsonl", "");
        Assert.Equal(folder.PathOf("glue/rte/train.jsonl"), TaskData.Find(task.Train, folder.FullName)!.File);
    }
}
