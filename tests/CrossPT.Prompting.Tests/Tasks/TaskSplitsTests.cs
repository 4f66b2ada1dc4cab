using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskSplitsTests
{
    private static readonly TaskDeclaration s_rte = BuiltInTasks.Find("rte")!;

    [Fact]
    public void Halves_DivideTheValidationFile()
    {
        Example[] validation = Rows("v", 277);
        TaskSplits sut = TaskSplits.Create(s_rte, Rows("t", 100), validation, null, new TaskDefaults(), seed: 1);
        Assert.Equal((32, 138, 139), (sut.Shots.Count, sut.Validation.Count, sut.Test.Count));
        Assert.Equal(validation.ToHashSet(), (HashSet<Example>)[.. sut.Validation, .. sut.Test]);
        Assert.NotEqual(validation[..138], sut.Validation);
        Assert.Equal(16, sut.Shots.Count(static row => row.Label == 0));
        Assert.Empty(sut.Remarks);
    }

    [Fact]
    public void HeldOut_TakesTrainingRows_AndTestsOnTheValidationFile()
    {
        Example[] train = Rows("t", 1500), validation = Rows("v", 50);
        TaskSplits sut = TaskSplits.Create(
            s_rte, train, validation, null, new TaskDefaults { Splits = SplitRule.HeldOut }, seed: 1);
        Assert.Equal((32, 1000, 50), (sut.Shots.Count, sut.Validation.Count, sut.Test.Count));
        Assert.Equal(validation.ToHashSet(), (HashSet<Example>)[.. sut.Test]);
        Assert.Subset(train.ToHashSet(), sut.Validation.ToHashSet());
        Assert.Empty(sut.Shots.Intersect(sut.Validation));
        // As few as leave the shots.
        Assert.Equal(
            168,
            TaskSplits.Create(
                s_rte, Rows("t", 200), validation, null, new TaskDefaults { Splits = SplitRule.HeldOut },
                1).Validation.Count);
    }

    [Fact]
    public void Files_AreTakenAsTheyAre_AndAMissingOneIsTold()
    {
        Example[] validation = Rows("v", 30), test = Rows("e", 40);
        TaskSplits sut = TaskSplits.Create(
            s_rte, Rows("t", 100), validation, test, new TaskDefaults { Splits = SplitRule.Files }, seed: 1);
        Assert.Equal(
            (validation.Length, test.Length),
            (sut.Validation.Intersect(validation).Count(), sut.Test.Intersect(test).Count()));
        sut = TaskSplits.Create(
            s_rte, Rows("t", 100), null, test, new TaskDefaults { Splits = SplitRule.Files }, seed: 1);
        Assert.Equal("the task 'rte' has no validation file, so 68 training rows are held out",
            Assert.Single(sut.Remarks));
        Assert.Equal(68, sut.Validation.Count);
    }

    [Theory]
    [InlineData(SplitRule.Halves)]
    [InlineData(SplitRule.HeldOut)]
    [InlineData(SplitRule.Files)]
    public void Everything_IsOfTheSeed(SplitRule rule)
    {
        Assert.Equal(Parts(1), Parts(1));
        Assert.NotEqual(Parts(1), Parts(2));

        string Parts(ulong seed)
        {
            TaskSplits splits = TaskSplits.Create(
                s_rte, Rows("t", 99), Rows("v", 50), Rows("e", 40), new TaskDefaults { Splits = rule, Shots = 10 },
                seed);
            Example[] all = [.. splits.Shots, .. splits.Validation, .. splits.Test, .. splits.Selection(10)];
            return string.Join(' ', all.Select(static row => row.Text));
        }
    }

    [Fact]
    public void Selection_IsOfTheSizeOfTheShots_AndApartFromThemAndTheTest()
    {
        foreach (SplitRule rule in Enum.GetValues<SplitRule>())
        {
            // Every text stands twice in each file, and some stand in all files.
            Example[] train = [.. Rows("t", 60), .. Rows("t", 60), .. Rows("x", 20)];
            Example[] other = [.. Rows("v", 40), .. Rows("v", 40), .. Rows("x", 20)];
            TaskSplits sut = TaskSplits.Create(
                s_rte, train, other, other, new TaskDefaults { Splits = rule, Shots = 20 }, seed: 3);
            Example[] selection = sut.Selection(20);
            Assert.Equal(20, selection.Length);
            Assert.Equal(10, selection.Count(static row => row.Label == 1));
            Assert.Empty(
                selection.Select(static row => row.Text)
                    .Intersect(sut.Shots.Concat(sut.Test).Select(static row => row.Text)));
        }
        // All rows trained on: validation rows are left.
        TaskSplits full = TaskSplits.Create(
            s_rte, Rows("t", 60), Rows("v", 40), null, new TaskDefaults { Shots = null }, seed: 3);
        Assert.Equal(60, full.Shots.Count);
        Assert.Subset(full.Validation.ToHashSet(), full.Selection(8).ToHashSet());
    }

    [Fact]
    public void Questions_StayTogether()
    {
        TaskDeclaration task = BuiltInTasks.Find("multirc")!;
        Example[] train = Grouped("t"), validation = Grouped("v");
        foreach (SplitRule rule in (SplitRule[])[SplitRule.Halves, SplitRule.HeldOut])
        {
            TaskSplits sut = TaskSplits.Create(
                task, train, validation, null, new TaskDefaults { Splits = rule, Shots = 12 }, seed: 1);
            Assert.Empty(Groups(sut.Validation).Intersect(Groups(sut.Test)));
            Assert.Empty(Groups(sut.Shots).Intersect(Groups(sut.Validation)));
            Assert.Empty(Groups(sut.Selection(12)).Intersect(Groups(sut.Shots)));
        }

        static Example[] Grouped(string name) =>
            [.. Rows(name, 90).Select((row, i) => row with { Group = $"{name}{i / 3}" })];
        static IEnumerable<string> Groups(IReadOnlyList<Example> rows) => rows.Select(static row => row.Group!);
    }

    /// <summary>A cut moves to the end of a question, here of all rows.</summary>
    [Fact]
    public void Halves_OneQuestion_IsRefused()
    {
        Example[] rows = [.. Rows("v", 6).Select(static row => row with { Group = "q" })];
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => TaskSplits.Create(
                BuiltInTasks.Find("multirc")!, Rows("t", 50), rows, null, new TaskDefaults { Shots = 4 }, seed: 1));
        Assert.Contains("6 validation rows of too few questions to halve", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShotsPerLabel_AreOfEveryLabel_AndTooManyAreRefused()
    {
        TaskSplits sut = TaskSplits.Create(
            s_rte, Rows("t", 50), Rows("v", 4), null, new TaskDefaults { Shots = 16, ShotsPer = ShotsPer.Label },
            seed: 1);
        Assert.Equal(
            (16, 16), (sut.Shots.Count(static row => row.Label == 0), sut.Shots.Count(static row => row.Label == 1)));
        Assert.Contains(
            "'rte' has too few training rows: 25 of the label 'entailment', expected 26 or more for its shots",
            Refused(new TaskDefaults { Shots = 26, ShotsPer = ShotsPer.Label }), StringComparison.Ordinal);
        Assert.Contains(
            "50 (25 of 'entailment', 25 of 'not_entailment'), expected 51 or more for its shots",
            Refused(new TaskDefaults { Shots = 51 }), StringComparison.Ordinal);
        Assert.Contains(
            "has 50 training rows for 50 shots, expected more, to hold some out",
            Refused(new TaskDefaults { Shots = 50, Splits = SplitRule.HeldOut }), StringComparison.Ordinal);
        Assert.Contains(
            "has no test rows, expected them for the splits \"files\"",
            Refused(new TaskDefaults { Splits = SplitRule.Files }), StringComparison.Ordinal);

        static string Refused(TaskDefaults settings) =>
            Assert.Throws<ArgumentException>(
                () => TaskSplits.Create(s_rte, Rows("t", 50), Rows("v", 4), null, settings, 1)).Message;
    }

    [Fact]
    public void UnbalancedShots_AreTheFirstOfAnOrder()
    {
        Example[] rare = [.. Rows("t", 200).Select(static (row, i) => row with { Label = i < 10 ? 0 : 1 })];
        int Zeros(bool balanced) =>
            TaskSplits.Create(
                s_rte, rare, Rows("v", 4), null, new TaskDefaults { Shots = 20, Balanced = balanced }, 1).Shots.Count(
                static row => row.Label == 0);
        Assert.Equal(10, Zeros(true));
        Assert.InRange(Zeros(false), 0, 5);
    }

    [Fact]
    public void MatchedMnli_IsTheTestPart()
    {
        TaskDeclaration task = BuiltInTasks.Find("mnli")!;
        Assert.Equal(SplitRule.Files, task.Splits?.Rule);
        Assert.Contains("mismatched", task.ValidationFile, StringComparison.Ordinal);
        Assert.Contains("validation_matched", task.Test[0].File, StringComparison.Ordinal);
    }

    private static Example[] Rows(string name, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Example($"{name}{i}", i % 2))];
}
