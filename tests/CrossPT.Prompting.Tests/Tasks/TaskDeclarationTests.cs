using System.Text;
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
            task.Format(new Dictionary<string, string> { ["sentence1"] = "A dog barks.", ["sentence2"] = "An animal barks." }));
        Assert.Equal($"glue/{name}/train.jsonl", task.TrainFile);
    }

    [Fact]
    public void BuiltIn_Unknown_IsNull() => Assert.Null(BuiltInTasks.Find("rte2"));

    [Fact]
    public void Declaration_OfOnesOwn_HasDefaults()
    {
        TaskDeclaration task = Read("""{ "name": "mood", "fields": ["text"], "labels": { "sad": "negative", "glad": "positive" } }""");
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
        Read("""{ "name": "t", "fields": ["a"], "template": "{{x}} {a}!", "labels": { "0": "no", "1": "yes" } }""").Format(new Dictionary<string, string> { ["a"] = "hello" }));

    [Theory]
    [InlineData("""{ "fields": ["a"], "labels": { "0": "n", "1": "y" } }""", "no \"name\"")]
    [InlineData("""{ "name": "t", "labels": { "0": "n", "1": "y" } }""", "no \"fields\"")]
    [InlineData("""{ "name": "t", "fields": [], "labels": { "0": "n", "1": "y" } }""", "one field or more")]
    [InlineData("""{ "name": "t", "fields": ["a", "a"], "labels": { "0": "n", "1": "y" } }""", "each once")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n" } }""", "two labels or more")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "" } }""", "each with a word")]
    [InlineData("""{ "name": "t", "fields": ["a"], "template": "{b}", "labels": { "0": "n", "1": "y" } }""", "fields in braces, of a")]
    [InlineData("""{ "name": "t", "fields": ["a"], "template": "{a", "labels": { "0": "n", "1": "y" } }""", "fields in braces")]
    [InlineData("""{ "name": "t", "fields": ["a"], "template": "a", "labels": { "0": "n", "1": "y" } }""", "fields in braces")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y" }, "metrics": ["bleu"] }""", "one of accuracy, f1")]
    [InlineData("""{ "name": "t", "fields": ["a"], "labels": { "0": "n", "1": "y", "2": "z" }, "metrics": ["f1"] }""", "f1 is one of two")]
    [InlineData("""{ "name": "t", "field": ["a"], "labels": { "0": "n", "1": "y" } }""", "unknown key \"field\"; the nearest known one is \"fields\"")]
    public void Declaration_Wrong_IsRefused(string json, string words) =>
        Assert.Contains(words, Assert.Throws<ConfigurationException>(() => Read(json)).Message, StringComparison.Ordinal);

    private static TaskDeclaration Read(string json) => TaskDeclaration.Read(ConfigReader.Read(Encoding.UTF8.GetBytes(json), "task.json", ""));
}
