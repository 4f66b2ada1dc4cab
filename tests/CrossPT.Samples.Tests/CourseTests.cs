using System.Text.RegularExpressions;

namespace CrossPT.Samples.Tests;

/// <summary>The course as a whole: its list, its files, its command.</summary>
public sealed partial class CourseTests
{
    private const int MostLines = 60;

    private static string[] Files =>
        [.. Directory.GetFiles(Repository.PathOf("samples"), "??-*.cs").Order(StringComparer.Ordinal)];

    [Fact]
    public void Lessons_AndTheirFiles_AreNumberedAlike()
    {
        Assert.Equal(
            Lesson.All.Select(static lesson => lesson.Number),
            Files.Select(static file => int.Parse(Path.GetFileName(file)[..2])));
        Assert.Equal(Enumerable.Range(1, Lesson.All.Count), Lesson.All.Select(static lesson => lesson.Number));
    }

    [Fact]
    public void Files_OfLessons_AreShort()
        => Assert.All(
            Directory.GetFiles(Repository.PathOf("samples"), "*.cs"),
            static file => Assert.InRange(File.ReadLines(file).Count(), 1, MostLines));

    [Fact]
    public void Files_OfLessons_SayFirstWhatTheyTeach() => Assert.All(Files, static file =>
    {
        int number = int.Parse(Path.GetFileName(file)[..2]);
        Match match = FirstComment().Match(File.ReadAllText(file));
        Assert.True(
            match.Success && match.Groups[1].Value == $"{number}",
            $"{Path.GetFileName(file)} does not begin with 'Lesson {number}.'");
    });

    [Fact]
    public void Program_WithoutArguments_ListsTheLessons()
    {
        StringWriter output = new();
        Assert.Equal(0, Program.Run([], output, TextWriter.Null));
        string[] lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Lesson.All.Select(static lesson => lesson.ToString()), lines);
    }

    [Fact]
    public void Program_WithANumber_GivesThatLesson()
    {
        StringWriter output = new();
        Assert.Equal(0, Program.Run(["2"], output, TextWriter.Null));
        Assert.StartsWith("2. Gradients", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("By hand: 21, [-17, -8]", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("99")]
    [InlineData("three")]
    [InlineData("1", "2")]
    public void Program_WithSomethingElse_SaysWhatItExpects(params string[] args)
    {
        StringWriter output = new(), error = new();
        Assert.Equal(2, Program.Run(args, output, error));
        Assert.Empty(output.ToString());
        Assert.Equal(
            $"samples: '{string.Join(' ', args)}', expected the number of a lesson, 1 to "
                + $"{Lesson.All.Count}.{Environment.NewLine}", error.ToString());
    }

    [GeneratedRegex(@"namespace CrossPT\.Samples;\s+/// <summary>\s+/// Lesson (\d+)\. ")]
    private static partial Regex FirstComment();
}
