using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

public sealed class TransformTests
{
    [Theory]
    [InlineData("This is a test sentence .", "test", 3, "This", 0, "# This # is a * test * sentence .")]
    // Case differs; the text ends before the comma.
    [InlineData("Mark told Pete, who left.", "mark", 0, "Pete", 2, "* Mark * told # Pete #, who left.")]
    // Not found there: as many words as the span has, whole.
    [InlineData("I like the  old cat's ears.", "The cat", 2, "I", 0, "# I # like * the  old * cat's ears.")]
    [InlineData("They won", "They", 0, "won a lot", 1, "* They * # won #")]
    public void Wsc_MarksNounAndPronoun(
        string text, string noun, int nounAt, string pronoun, int pronounAt, string marked)
    {
        string first = $$""" "span1_text": "{{noun}}", "span1_index": {{nounAt}}""";
        string spans = first + $$""", "span2_text": "{{pronoun}}", "span2_index": {{pronounAt}}""";
        Assert.Equal([new Example($"text: {marked}", 1)], Read("wsc", $$"""
            {"text": "{{text}}", "target": { {{spans}} }, "label": true, "idx": 0}
            """));
        Assert.Equal([new Example($"text: {marked}", 0)], Read("wsc", $$"""
            {"text": "{{text}}", {{spans}}, "label": 0}
            """));
    }

    [Fact]
    public void Wsc_IndexOutsideTheText_IsRefused() => Assert.EndsWith(
        "x.jsonl:1: \"target.span2_index\" is 9, expected the index of one of the 2 words of the text",
        Refused("wsc", """
            {"text": "a b", "target": {"span1_text": "a", "span1_index": 0, "span2_text": "b", "span2_index": 9},
            "label": true}
            """.ReplaceLineEndings(" ")),
        StringComparison.Ordinal);

    [Fact]
    public void MultiRc_HasARowAnAnswer_AndAGroupAQuestion()
    {
        Example[] nested = Read("multirc", """
            {"passage": {"text": "<b>Sent 1: </b>It rained.<br>", "questions": [
              {"question": "What?", "answers": [{"text": "Rain", "label": 1}, {"text": "Snow", "label": 0}]},
              {"question": "When?", "answers": [{"text": "Now", "label": 0}]}]}, "idx": 0}
            """.ReplaceLineEndings(" "));
        Assert.Equal(
            [
                ("question: What? answer: Rain paragraph: Sent 1: It rained. ", 1, "1.0"),
                ("question: What? answer: Snow paragraph: Sent 1: It rained. ", 0, "1.0"),
                ("question: When? answer: Now paragraph: Sent 1: It rained. ", 0, "1.1"),
            ],
            nested.Select(static row => (row.Text, row.Label, row.Group!)));
        Example flat = Assert.Single(
            Read("multirc", """
                {"paragraph": "P", "question": "Q", "answer": "A", "label": 1, "idx": {"paragraph": 3, "question": 4,
                "answer": 5}}
                """.ReplaceLineEndings(" ")));
        Assert.Equal(("question: Q answer: A paragraph: P", 1, "3.4"), (flat.Text, flat.Label, flat.Group));
    }

    [Fact]
    public void Record_OffersTheEntitiesOfThePassage()
    {
        // The emoji is one code point and two chars: spans count the former.
        Example row = Assert.Single(Read("record", """
            {"passage": {"text": "\ud83d\ude00 Ann met Bo.\n@highlight\nAnn won\n@highlight\nBo lost",
              "entities": [{"start": 2, "end": 4}, {"start": 10, "end": 11}, {"start": 25, "end": 27}]},
             "qas": [{"query": "@placeholder lost", "answers": [{"start": 10, "end": 11, "text": "Bo"}, {"start": 44,
             "end": 45, "text": "Bo"}], "idx": 0}]}
            """.ReplaceLineEndings(" ")));
        Assert.Equal(["Ann", "Bo"], row.Candidates!);
        Assert.Equal(["Bo"], row.Answers!);
        Assert.Equal(1, row.Label);
        Assert.Equal(
            "query: @placeholder lost entities: Ann, Bo passage: \U0001F600 Ann met Bo. Ann won. Bo lost", row.Text);
        Example flat = Assert.Single(Read("record", """
            {"passage": "P", "query": "Q", "entities": ["X", "Y", "X"], "answers": ["Y"]}
            """));
        Assert.Equal(("query: Q entities: X, Y passage: P", 1), (flat.Text, flat.Label));
    }

    [Theory]
    [InlineData("record", """{"passage": {"text": "abc", "entities": [{"start": 1, "end": 3}]}, "qas": []}""",
        "\"passage.entities[0]\" is an object, expected a span of the passage")]
    [InlineData(
        "record", """{"passage": {"text": "abc", "entities": [{"start": 2, "end": 1}]}, "qas": []}""",
        "expected a span of the passage")]
    [InlineData(
        "record", """{"passage": {"text": "abc", "entities": [{"start": -1, "end": 1}]}, "qas": []}""",
        "expected a span of the passage")]
    [InlineData("record", """
        {"passage": {"text": "abc", "entities": [{"start": 0, "end": 2147483647}]}, "qas": []}
        """, "expected a span of the passage")]
    [InlineData(
        "record", """{"passage": "P", "query": "Q", "entities": ["X"], "answers": ["Z"]}""",
        "none of the 1 right answers is among the 1 candidates")]
    [InlineData(
        "record", """{"passage": "P", "query": "Q", "entities": ["X"], "answers": []}""",
        "none of the 0 right answers")]
    [InlineData(
        "record", """{"passage": "P", "query": "Q", "entities": "X", "answers": []}""",
        "\"entities\" is \"X\", expected a list")]
    [InlineData("multirc", """{"passage": "P"}""", "\"passage\" is \"P\", expected an object")]
    [InlineData(
        "multirc", """{"passage": {"text": "P", "questions": [{"question": "Q"}]}}""",
        "no field \"passage.questions[0].answers\"")]
    [InlineData("multirc", """{"paragraph": "P", "question": "Q", "answer": "A", "label": 1}""", "no field \"idx\"")]
    [InlineData("wsc", """{"text": "a b", "target": 3, "label": true}""", "\"target\" is 3, expected an object")]
    public void WrongNesting_IsRefused_WithItsPlace(string task, string row, string words) =>
        Assert.Contains(words, Refused(task, row), StringComparison.Ordinal);

    private static Example[] Read(string task, string rows)
    {
        using TempFolder folder = new();
        return TaskData.Read(folder.Write("x.jsonl", rows), BuiltInTasks.Find(task)!);
    }

    private static string Refused(string task, string row) =>
        Assert.Throws<TaskDataException>(() => Read(task, row)).Message;
}
