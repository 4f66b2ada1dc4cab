using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Evaluation;

public sealed class MetricTests
{
    [Fact]
    public void F1_TakesWhatIsNoLabelForTheWrongOne()
    {
        // Invalid on a positive row is a miss; on a negative one a false find. TP 1, FP 1, FN 1.
        Assert.Equal(2.0 / 4, TaskMetrics.Value(TaskMetric.F1, [1, -1, -1, 0], [1, 1, 0, 0]), 12);
        Assert.Equal(0.5, TaskMetrics.Value(TaskMetric.Accuracy, [1, -1, -1, 0], [1, 1, 0, 0]), 12);
    }

    [Fact]
    public void MacroF1_IsTheMeanOverTheLabelsThatOccur()
    {
        // Label 0: TP 2, FP 1, FN 0, 4/5. Label 1: TP 1, FP 0, FN 1, 2/3. Label 2: TP 1, FP 1, FN 1, 1/2.
        Assert.Equal(
            (0.8 + (2.0 / 3) + 0.5) / 3, TaskMetrics.Value(TaskMetric.MacroF1, [0, 0, 0, 1, 2, 2], [0, 0, 2, 1, 2, 1]),
            12);
        // Label 2 occurs nowhere and does not count; the invalid prediction is a miss of label 1.
        Assert.Equal((1 + (2.0 / 3)) / 2, TaskMetrics.Value(TaskMetric.MacroF1, [0, 1, -1], [0, 1, 1]), 12);
    }

    [Fact]
    public void Matthews_IsWorkedByHand()
    {
        // TP 2, TN 1, FP 1, FN 1: (2·1 − 1·1) / √(3·3·2·2) = 1/6.
        Assert.Equal(1.0 / 6, TaskMetrics.Value(TaskMetric.Matthews, [1, 1, 1, 0, 0], [1, 0, 1, 1, 0]), 12);
        Assert.Equal(1, TaskMetrics.Value(TaskMetric.Matthews, [1, 0, 1], [1, 0, 1]), 12);
        Assert.Equal(-1, TaskMetrics.Value(TaskMetric.Matthews, [0, 1, 0], [1, 0, 1]), 12);
        // Three labels: s 4, c 3, p 2 1 1, t 1 2 1: (12 − 5) / √((16 − 6)(16 − 6)) = 0.7.
        Assert.Equal(0.7, TaskMetrics.Value(TaskMetric.Matthews, [0, 0, 1, 2], [0, 1, 1, 2]), 12);
        // What is no label is a third that is never right: s 3, c 2, p 1 1 1, t 1 2 0: (6 − 3) / √((9 − 3)(9 − 5)).
        Assert.Equal(3 / Math.Sqrt(24), TaskMetrics.Value(TaskMetric.Matthews, [0, 1, -1], [0, 1, 1]), 12);
    }

    [Fact]
    public void Correlations_AreWorkedByHand()
    {
        // dx −1.5 −.5 .5 1.5, dy −2 −1 1 2 about 3: Σ 7, Σdx² 5, Σdy² 10.
        Assert.Equal(7 / Math.Sqrt(50), Correlation.Pearson([1, 2, 3, 4], [1, 2, 4, 5])!.Value, 12);
        // Ranks 1, 2.5, 2.5, 4 against 2, 1, 3, 4, all about 2.5: Σ .75 + 2.25, Σdx² 4.5, Σdy² 5.
        Assert.Equal([1, 2.5, 2.5, 4], Correlation.Ranks([10, 20, 20, 90]));
        Assert.Equal(3 / Math.Sqrt(22.5), Correlation.Spearman([10, 20, 20, 90], [2, 1, 3, 4])!.Value, 12);
        Assert.Equal(-1, Correlation.Spearman([1, 2, 3], [9, 4, 1])!.Value, 12);
        // Equal numbers whose mean is none of them to the last bit.
        Assert.Null(Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3]));
    }

    [Theory]
    [InlineData("The Cat!", "cat", 1, 1)]
    [InlineData("a black cat", "the cat", 0, 2.0 / 3)]
    [InlineData("cat cat", "cat", 0, 2.0 / 3)]
    [InlineData("dog", "cat", 0, 0)]
    [InlineData("", "cat", 0, 0)]
    [InlineData("U.S.", "us", 1, 1)]
    public void Answers_AreNormalised(string text, string right, double exact, double f1)
    {
        Assert.Equal(exact, AnswerMetrics.ExactMatch(text, ["other", right]));
        Assert.Equal(f1, AnswerMetrics.TokenF1(text, ["other", right]), 12);
    }

    [Fact]
    public void MultiRc_CountsAnswersAndWholeQuestions()
    {
        TaskOutcome sut = new()
        {
            Predicted = [1, 0, 1, 1, 0],
            Actual = [1, 0, 1, 0, 0],
            Groups = ["a", "a", "b", "b", "c"],
        };
        // TP 2, FP 1, FN 0; questions a and c are right as a whole.
        Assert.Equal(4.0 / 5, sut.Measure(TaskMetric.F1OverAnswers).Value, 12);
        Assert.Equal(2.0 / 3, sut.Measure(TaskMetric.QuestionExactMatch).Value, 12);
    }

    [Fact]
    public void Undefined_CountsAsZero_AndIsTold()
    {
        TaskOutcome labels = new() { Predicted = [1, 1, 1], Actual = [1, 0, 1] };
        Assert.Equal(0, labels.Measure(TaskMetric.Matthews).Value);
        Assert.StartsWith(
            "matthews is not defined where all predictions", labels.Measure(TaskMetric.Matthews).Remark,
            StringComparison.Ordinal);
        Assert.Null(labels.Measure(TaskMetric.Accuracy).Remark);
        TaskOutcome scores = new()
        {
            Predicted = [0, 0],
            Actual = [0, 5],
            PredictedScores = [2, 2],
            ActualScores = [0, 1],
        };
        Assert.Equal((0, 0), (scores.Measure(TaskMetric.Pearson).Value, scores.Measure(TaskMetric.Spearman).Value));
        Assert.Contains("pearson is not defined", scores.Measure(TaskMetric.Pearson).Remark, StringComparison.Ordinal);
        Assert.Contains(
            "needs more than labels",
            Assert.Throws<ArgumentException>(() => labels.Measure(TaskMetric.Pearson)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => (labels with { Predicted = [1] }).Measure(TaskMetric.Accuracy));
    }

    // By hand: F1 4/5, 1/2 and 2/3 of labels that are right 3, 2 and 1 times.
    [Fact]
    public void WeightedF1_WeighsLabelsByHowOftenTheyAreRight()
    {
        int[] right = [0, 0, 0, 1, 1, 2], predicted = [0, 0, 1, 1, 2, 2];
        Assert.Equal(((3 * 0.8) + (2 * 0.5) + (2.0 / 3)) / 6, Value(predicted), 12);
        Assert.Equal(((3 * 0.8) + (2 * 2.0 / 3) + 1) / 6, Value([0, 0, -1, 1, -1, 2]), 12);
        Assert.Equal(1, Value(right), 12);

        double Value(int[] predictions) => TaskMetrics.Value(TaskMetric.WeightedF1, predictions, right);
    }

    [Fact]
    public void Errors_AreInTheUnitOfTheScores_AndTheMeanScoreIsTheirBaseline()
    {
        TaskOutcome scores = new()
        {
            Predicted = [0, 0, 0],
            Actual = [0, 0, 0],
            PredictedScores = [1, 2, 5],
            ActualScores = [1, 4, 4],
        };
        Assert.Equal(Math.Sqrt(5.0 / 3), scores.Measure(TaskMetric.RootMeanSquaredError).Value, 12);
        Assert.Equal(1, scores.Measure(TaskMetric.MeanAbsoluteError).Value, 12);
        Assert.Equal(Math.Sqrt(2), scores.Majority().Measure(TaskMetric.RootMeanSquaredError).Value, 12);
        Assert.Equal(4.0 / 3, scores.Majority().Measure(TaskMetric.MeanAbsoluteError).Value, 12);
        Assert.Equal(
            [TaskMetric.RootMeanSquaredError, TaskMetric.MeanAbsoluteError],
            Enum.GetValues<TaskMetric>().Where(TaskMetrics.IsError));
        Assert.Equal(Enum.GetValues<TaskMetric>().Length, TaskMetrics.Names.Length);
    }

    [Fact]
    public void Majority_GivesTheMostFrequentAnswer()
    {
        TaskOutcome labels = new TaskOutcome { Predicted = [0, 1, 2], Actual = [2, 1, 2] }.Majority();
        Assert.Equal([2, 2, 2], labels.Predicted);
        // Of two as frequent, the first.
        Assert.Equal([0, 0], new TaskOutcome { Predicted = [1, 1], Actual = [1, 0] }.Majority().Predicted);
        TaskOutcome answers = new TaskOutcome
        {
            Predicted = [0, 0],
            Actual = [0, 1],
            Texts = ["x", "x"],
            Answers = [["Bo", "Ann"], ["Ann"]],
        }.Majority();
        Assert.Equal(1, answers.Measure(TaskMetric.ExactMatch).Value);
    }

    [Fact]
    public void Collapsed_IsOnePredictionForDifferentAnswers()
    {
        Assert.True(new TaskOutcome { Predicted = [1, 1, 1], Actual = [1, 0, 1] }.Collapsed);
        Assert.True(new TaskOutcome { Predicted = [-1, -1], Actual = [1, 0] }.Collapsed);
        Assert.False(new TaskOutcome { Predicted = [1, 1], Actual = [1, 1] }.Collapsed);
        Assert.False(new TaskOutcome { Predicted = [0, 1], Actual = [1, 0] }.Collapsed);
        Assert.True(
            new TaskOutcome
            {
                Predicted = [3, 3],
                Actual = [3, 3],
                PredictedScores = [0.6, 0.6],
                ActualScores = [0.6, 0.7],
            }.Collapsed);
        Assert.True(
            new TaskOutcome
            {
                Predicted = [0, 1],
                Actual = [0, 0],
                Texts = ["x", "x"],
                Answers = [["x"], ["y"]],
            }.Collapsed);
        Assert.False(
            new TaskOutcome
            {
                Predicted = [0, 1],
                Actual = [0, 0],
                Texts = ["x", "x"],
                Answers = [["x"], ["y", "x"]],
            }.Collapsed);
    }
}
