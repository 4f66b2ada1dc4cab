using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskMetricTests
{
    [Fact]
    public void Values_AreThoseWorkedByHand()
    {
        int[] predicted = [1, 1, 1, 0, 0], actual = [1, 0, 1, 1, 0];
        Assert.Equal(0.6, TaskMetrics.Value(TaskMetric.Accuracy, predicted, actual), 12);
        // TP 2, FP 1, FN 1.
        Assert.Equal(4.0 / 6, TaskMetrics.Value(TaskMetric.F1, predicted, actual), 12);
        Assert.Equal(0, TaskMetrics.Value(TaskMetric.F1, [0, 0], [0, 0]));
        Assert.Throws<ArgumentException>(() => TaskMetrics.Value(TaskMetric.Accuracy, [], []));
    }

    [Fact]
    public void Probabilities_AreASoftmax()
    {
        double[] probabilities = LabelRanking.Probabilities([-1000, -1000 + Math.Log(3)]);
        Assert.Equal(0.25, probabilities[0], 9);
        Assert.Equal(0.75, probabilities[1], 9);
    }
}
