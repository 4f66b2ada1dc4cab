using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.TestKit;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskSettingsTests
{
    [Theory]
    [InlineData("""{ "name": "rte" }""")]
    [InlineData("""
        { "name": "qqp", "shots": 4, "shotsPer": "label", "balanced": false, "labels": "map3", "options": true,
        "splits": "halves" }
        """)]
    [InlineData("""
        { "name": "mine", "declaration": "/x.json", "shots": "all", "train": "/a", "validation": "/b", "test": "/c" }
        """)]
    [InlineData("""{ "name": "rte", "prefix": "instruction" }""")]
    [InlineData("""{ "name": "rte", "prefix": { "text": "Say: " } }""")]
    [InlineData("""{ "name": "rte", "prefix": { "task": "mnli", "kind": "instruction" } }""")]
    public void Settings_AreWrittenAsTheyAreRead(string json)
    {
        TaskSettings settings = Read(json);
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
            ConfigJson.Write(writer, ConfigRecord.Write(settings, ConfigurationTypes.Default.TaskSettings));
        Assert.Equal(settings, Read(Encoding.UTF8.GetString(stream.ToArray())));
    }

    [Theory]
    [InlineData("""{ "shots": 4 }""", "no \"name\", expected the name of a task")]
    [InlineData("""{ "name": "rta" }""", "found \"rta\", expected a built-in task (boolq, cb,")]
    [InlineData("""{ "name": "rte", "shots": 0 }""", "shots: found 0, expected an integer from 1")]
    [InlineData("""{ "name": "rte", "shots": "many" }""", "found \"many\", expected a number of examples, or \"all\"")]
    [InlineData("""{ "name": "rte", "shotsPer": "class" }""", "expected one of total, label")]
    [InlineData(
        """{ "name": "rte", "labels": "map1" }""",
        "labels: found \"map1\", expected one of map, digits, distinct, shared, synonyms, gen")]
    [InlineData("""{ "name": "stsb", "labels": "digits" }""", "labels: found \"digits\", expected one of map")]
    [InlineData("""{ "name": "rte", "splits": "thirds" }""", "expected one of halves, heldOut, files")]
    [InlineData("""{ "name": "rte", "prefix": "task" }""", "expected one of none, name, instruction")]
    [InlineData("""{ "name": "rte", "prefix": {} }""", "expected \"text\" or \"task\"")]
    [InlineData("""{ "name": "rte", "prefix": { "text": "a", "task": "mnli" } }""", "not both")]
    [InlineData("""{ "name": "rte", "prefix": 3 }""", "found 3, expected \"none\"")]
    [InlineData("""{ "name": "rte", "shot": 4 }""", "unknown key \"shot\"; the nearest known one is \"shots\"")]
    public void WrongSettings_AreRefused(string json, string words) =>
        Assert.Contains(
            words, Assert.Throws<ConfigurationException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void LabelMap_UnknownToATask_IsRefused() => Assert.Equal(
        "The task 'mrpc' has no label map 'map4', only map, digits, distinct, map1, shared, synonyms, gen. (Parameter "
            + "'map')",
        Assert.Throws<ArgumentException>(() => LabelMaps.Apply(BuiltInTasks.Find("mrpc")!, "map4")).Message);

    [Theory]
    [InlineData("mrpc", "map", "not_equivalent equivalent")]
    [InlineData("mrpc", "map1", "not_duplicate duplicate")]
    [InlineData("mrpc", "digits", "0 1")]
    [InlineData("mrpc", "distinct", "mrpc0 mrpc1")]
    [InlineData("qqp", "map1", "not_equivalent equivalent")]
    [InlineData("qqp", "map2", "not_equal duplicate")]
    [InlineData("qqp", "map3", "different duplicate")]
    [InlineData("qqp", "gen", "natekrar tekrar")]
    [InlineData("qnli", "map4", "equivalent not_equivalent")]
    [InlineData("mnli", "gen", "estelzam khonsa tazad")]
    public void LabelMap_ChangesTheWords_NotTheLabels(string task, string map, string words)
    {
        TaskDeclaration declared = BuiltInTasks.Find(task)!, mapped = LabelMaps.Apply(declared, map);
        Assert.Equal(words, string.Join(' ', mapped.Labels.Select(static label => label.Word)));
        Assert.Equal(
            declared.Labels.Select(static label => label.Value), mapped.Labels.Select(static label => label.Value));
    }

    [Fact]
    public void Prefix_IsTheOwnOrAnothersNameOrInstruction()
    {
        TaskDeclaration rte = BuiltInTasks.Find("rte")!;
        Assert.Equal("", TaskPrefix.None.TextFor(rte));
        Assert.Equal("rte: ", new TaskPrefix(TaskPrefixKind.Name).TextFor(rte));
        Assert.Equal(
            "Does the first sentence entail the second? ", new TaskPrefix(TaskPrefixKind.Instruction).TextFor(rte));
        Assert.Equal("Say:", new TaskPrefix(TaskPrefixKind.Text) { Text = "Say:" }.TextFor(rte));
        Assert.Equal("mnli: ", new TaskPrefix(TaskPrefixKind.Name) { Task = "mnli" }.TextFor(rte));
        Assert.Contains(
            "'xyz', which is no task here",
            Assert.Throws<ArgumentException>(
                () => new TaskPrefix(TaskPrefixKind.Name) { Task = "xyz" }.TextFor(rte)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Task_IsPreparedWhole()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(SharedFolder.Path("t5/spiece.model"));
        TaskSettings settings = Read("""{ "name": "rte", "prefix": "name", "labels": "distinct", "options": true }""");
        TaskDeclaration task = settings.Declare();
        TaskCodec codec = new(
            task, tokenizer, new T5Config(), 64, settings.Prefix.TextFor(task), settings.Options);
        TaskSplits rte = TaskSplits.Load(settings, task, SharedFolder.Path("data"), 1);
        Assert.Equal((32, 138, 139), (rte.Shots.Count, rte.Validation.Count, rte.Test.Count));
        Assert.Empty(rte.Remarks);
        foreach (Example row in rte.Shots)
        {
            EncodedExample encoded = codec.Encode(row);
            Assert.InRange(encoded.Source.Length, 5, 64);
            string text = codec.Decode(encoded.Source);
            Assert.StartsWith("rte: sentence1: ", text, StringComparison.Ordinal);
            Assert.EndsWith(" options: rte0,rte1", text, StringComparison.Ordinal);
        }
        settings = new TaskSettings("mnli");
        TaskSplits mnli = TaskSplits.Load(settings, settings.Declare(), SharedFolder.Path("data"), 1);
        Assert.Equal((1000, 5000), (mnli.Validation.Count, mnli.Test.Count));
        Assert.Contains("1000 training rows are held out", Assert.Single(mnli.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFiles_AreTold_WithEveryPlaceLookedAt()
    {
        using TempFolder folder = new();
        Assert.Equal(
            $"{folder.FullName}: has no train file of the task 'rte', expected one of glue/rte/train.jsonl, "
                + $"RTE/train.tsv", Refused(
                new TaskSettings("rte"), folder.FullName));
        folder.Write("RTE/train.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n");
        Assert.Contains(
            "has no validation file of the task 'rte'", Refused(new TaskSettings("rte"), folder.FullName),
            StringComparison.Ordinal);
        Assert.Equal(
            "data.folder: is not given, expected it or a \"train\" file beside the task 'rte'",
            Refused(new TaskSettings("rte"), null));

        string Refused(TaskSettings settings, string? data) =>
            Assert.Throws<TaskDataException>(
                () => TaskSplits.Load(settings, settings.Declare(), data, 1)).Message;
    }

    private static TaskSettings Read(string json) =>
        TaskSettings.Read(ConfigReader.Read(Encoding.UTF8.GetBytes(json), "run.json", "/"));
}
