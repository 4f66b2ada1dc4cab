using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskDeclarationTests
{
    [Theory]
    [InlineData("rte", "0=entailment 1=not_entailment", "Accuracy")]
    [InlineData("mrpc", "0=not_equivalent 1=equivalent", "Accuracy F1")]
    public void BuiltIn_IsAsPublished(string name, string labels, string metrics)
    {
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        Assert.Equal(labels, string.Join(' ', task.Labels.Select(static label => $"{label.Value}={label.Word}")));
        Assert.Equal(metrics, string.Join(' ', task.Metrics));
        Assert.Equal(
            "sentence1: A dog barks. sentence2: An animal barks.",
            task.Format(
                new Dictionary<string, string> { ["sentence1"] = "A dog barks.", ["sentence2"] = "An animal barks." }));
        Assert.Equal($"glue/{name}/train.jsonl", task.TrainFile);
    }

    [Fact]
    public void BuiltIns_AreAllThere_AndAreWrittenAsTheyAreRead()
    {
        Assert.Equal(
            "boolq cb cola copa imdb mnli mrpc multinli multirc paws qnli qqp record rte scitail snli sst2 stsb "
                + "superglue-rte wic wnli wsc yelp",
            string.Join(' ', BuiltInTasks.Names));
        foreach (string name in BuiltInTasks.Names)
        {
            TaskDeclaration task = BuiltInTasks.Find(name)!;
            Assert.Equal(name, task.Name);
            Assert.NotNull(task.Instruction);
            string written = Write(task);
            Assert.Equal(written, Write(Read(written)));
            Assert.Equivalent(task, Read(written));
        }

        static string Write(TaskDeclaration task)
        {
            using MemoryStream stream = new();
            using (Utf8JsonWriter json = new(stream)) task.Write(json);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    [Theory]
    [InlineData("cola", "unacceptable acceptable", "Matthews Accuracy")]
    [InlineData("sst2", "negative positive", "Accuracy")]
    [InlineData("qqp", "not_duplicate duplicate", "Accuracy F1")]
    [InlineData(
        "stsb",
        "0.0 0.2 0.4 0.6 0.8 1.0 1.2 1.4 1.6 1.8 2.0 2.2 2.4 2.6 2.8 3.0 3.2 3.4 3.6 3.8 4.0 4.2 4.4 4.6 4.8 5.0",
        "Pearson Spearman")]
    [InlineData("mnli", "entailment neutral contradiction", "Accuracy")]
    [InlineData("wnli", "not_entailment entailment", "Accuracy")]
    [InlineData("boolq", "no yes", "Accuracy")]
    [InlineData("cb", "entailment contradiction neutral", "Accuracy MacroF1")]
    [InlineData("copa", "Choice1 Choice2", "Accuracy")]
    [InlineData("multirc", "False True", "F1OverAnswers QuestionExactMatch")]
    [InlineData("record", "", "TokenF1 ExactMatch")]
    public void BuiltIn_HasItsWordsAndMetrics(string name, string words, string metrics)
    {
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        Assert.Equal(words, string.Join(' ', task.Labels.Select(static label => label.Word)));
        Assert.Equal(metrics, string.Join(' ', task.Metrics));
    }

    [Theory]
    // T5 rounds score · 5 in single precision, halves to the even: 2.5 to 2, 17.5 to 18.
    [InlineData(0.5, "0.4")]
    [InlineData(3.5, "3.6")]
    [InlineData(2.5, "2.4")]
    [InlineData(5, "5.0")]
    [InlineData(0.09, "0.0")]
    [InlineData(4.7, "4.8")]
    [InlineData(3.3333, "3.4")]
    public void Score_IsRoundedToAWord(double score, string word)
    {
        TaskScale scale = BuiltInTasks.Find("stsb")!.Scale!;
        Assert.Equal(word, scale.WordAt(scale.PlaceOf(score)));
    }

    [Fact]
    public void BuiltIn_Unknown_IsNull() => Assert.Null(BuiltInTasks.Find("rte2"));

    [Fact]
    public void Declaration_OfOnesOwn_HasDefaults()
    {
        TaskDeclaration task = Read("""
            { "name": "mood", "fields": ["text"], "labels": { "sad": "negative", "glad": "positive" } }
            """);
        Assert.Equal("text: {text}", task.Template);
        Assert.Equal([TaskMetric.Accuracy], task.Metrics);
        Assert.Equal("label", task.LabelField);
        Assert.Equal(1, task.IndexOf("glad"));
        Assert.Equal(-1, task.IndexOf("positive"));
        Assert.Null(task.TrainFile);
    }

    [Fact]
    public void Template_TakesBracesDoubled() => Assert.Equal(
        "{x} hello!",
        Read(
            """
                { "name": "t", "fields": ["a"], "template": "{{x}} {a}!", "labels": { "0": "no", "1": "yes" } }
                """).Format(new Dictionary<string, string> { ["a"] = "hello" }));

    [Theory]
    [InlineData("""{ "fields": ["a"], "labels": { "0": "n", "1": "y" } }""", "no \"name\"")]
    [InlineData("""{ "name": "t", "labels": { "0": "n", "1": "y" } }""", "no \"fields\"")]
    [InlineData("""{ "name": "t", "fields": [], "labels": { "0": "n", "1": "y" } }""", "one field or more")]
    [InlineData("""{ "name": "t", "fields": ["a", "a"], "labels": { "0": "n", "1": "y" } }""", "each once")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n" } }""", "two labels or more")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "" } }""", "each with a word")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "template": "{b}", "labels": { "0": "n", "1": "y" } }""",
        "fields in braces, of a")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "template": "{a", "labels": { "0": "n", "1": "y" } }""", "fields in braces")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "template": "a", "labels": { "0": "n", "1": "y" } }""", "fields in braces")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "metrics": ["bleu"] }""",
        "one of accuracy, f1")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y", "2": "z" }, "metrics": ["f1"] }
        """, "f1 is one of two")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "metrics": ["pearson"] }
        """, "a metric of labels")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "metrics": ["question_em"] }
        """, "a \"group\" beside it")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "metrics": [] }""", "one metric or more")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "scale": { "minimum": 0, "maximum": 1, "step": 0.1 }, "metrics": ["accuracy"] }
        """,
        "scores: pearson, spearman, rmse, mae")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "scale": { "minimum": 0, "maximum": 1, "step": 0.1 }, "metrics": ["rmse"] }
        """,
        "metrics[0]: found \"rmse\", expected pearson or spearman before it: the first metric chooses the best step")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "scale": { "minimum": 1, "maximum": 0, "step": 0.1 } }""",
        "a maximum above the minimum")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "scale": { "minimum": 0, "maximum": 1, "step": 0.0001 } }
        """, "1024 steps apart at most")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "scale": { "minimum": 0, "maximum": 1, "step": 0.1 }, "labels": { "0": "n",
        "1": "y" } }
        """,
        "nothing, as there is a")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "spellings": { "no": "2" } }
        """, "one of 0, 1")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "maps": { "m": { "0": "x" } } }""",
        "no \"1\", expected a word for every label")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "maps": { "map": { "0": "x", "1": "z" } } }
        """, "is the words as declared")]
    [InlineData(
        """{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "transform": "qa" }""",
        "one of wsc, multirc, record")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "files": { "train": [] } }
        """, "a file, or a list of them")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "files": { "train": { "file": "x.tsv",
        "header": false } } }
        """,
        "also for \"a\"")]
    [InlineData("""
        { "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "files": { "train": { "file": "x",
        "columns": { "b": 1 } } } }
        """,
        "unknown key")]
    [InlineData(
        """{ "name": "t", "field": ["a"], "labels": { "0": "n", "1": "y" } }""",
        "unknown key \"field\"; the nearest known one is \"fields\"")]
    public void Declaration_Wrong_IsRefused(string json, string words) =>
        Assert.Contains(
            words, Assert.Throws<ConfigurationException>(() => Read(json)).Message, StringComparison.Ordinal);

    private static TaskDeclaration Read(string json) =>
        TaskDeclaration.Read(ConfigReader.Read(Encoding.UTF8.GetBytes(json), "task.json", ""));
}
