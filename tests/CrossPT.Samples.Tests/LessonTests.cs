namespace CrossPT.Samples.Tests;

/// <summary>Every lesson is run, and teaches what it says.</summary>
public sealed class LessonTests
{
    private readonly StringWriter _output = new();

    [Fact]
    public void Tensors_ProductViewAndScope_AreAsTold()
    {
        TensorsLesson.Outcome outcome = TensorsLesson.Run(_output);
        Assert.Equal([4, 5, 10, 11], outcome.Product);
        Assert.Equal([1, 20, 3, 4, 50, 6], outcome.AfterScaling);
        Assert.Contains("[2, 3]", outcome.Refusal, StringComparison.Ordinal);
        Assert.Equal(0, outcome.BytesLeft);
    }

    [Fact]
    public void Gradients_LineThroughFourPoints_IsFound()
    {
        GradientsLesson.Outcome outcome = GradientsLesson.Run(_output);
        Assert.Equal(21, outcome.FirstLoss);
        Assert.Equal([-17, -8], outcome.FirstGradient);
        Assert.False(outcome.FrozenHasGradient);
        Assert.InRange(outcome.LastLoss, 0, 1e-9);
        Assert.InRange(outcome.Line[0], 1.9999f, 2.0001f);
        Assert.InRange(outcome.Line[1], 0.9999f, 1.0001f);
    }

    [Fact]
    public void Operation_RightWayBack_PassesAndWrongOneIsNamed()
    {
        OperationLesson.Outcome outcome = OperationLesson.Run(_output);
        Assert.InRange(outcome.ErrorOfRight, 0, 1e-8);
        // At x = −1.25 with weight −2: 2x² gives −6.25 where the derivative is −9.375.
        Assert.Contains(
            "x [0, 1]: analytic -6.25, numeric -9.37", outcome.ComplaintAboutWrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_TinyT5_GivesHuggingFacesNumbers()
    {
        ModelLesson.Outcome outcome = ModelLesson.Run(_output);
        Assert.Equal(0, outcome.TrainedWeights);
        Assert.InRange(Math.Abs(outcome.Loss - outcome.GoldenLoss), 0, 2e-5 * outcome.GoldenLoss);
        Assert.Equal(outcome.GoldenIds, outcome.Ids);
    }

    [Fact]
    public void Prompt_BeforeAFrozenModel_LearnsTheTask()
    {
        PromptLesson.Outcome outcome = PromptLesson.Run(_output);
        Assert.Equal(8 * 32, outcome.Trained);
        Assert.True(
            outcome.FirstLoss > 3 && outcome.LastLoss < outcome.FirstLoss / 10,
            $"the loss went from {outcome.FirstLoss} to {outcome.LastLoss}");
        Assert.InRange(outcome.Before, 0, 0.8);
        Assert.InRange(outcome.After, 0.9, 1);
    }

    [Fact]
    public void Router_AmongNoise_FindsTheSourceThatHelps()
    {
        RouterLesson.Outcome outcome = RouterLesson.Run(_output);
        Assert.True(
            outcome.LastLoss < outcome.FirstLoss / 2, $"the loss went from {outcome.FirstLoss} to {outcome.LastLoss}");
        Assert.InRange(outcome.Weights[1], 0.8, 1);
        Assert.InRange(outcome.Weights.Sum(), 1 - 1e-6, 1 + 1e-6);
    }

    [Fact]
    public void Predict_LoadedRun_SaysWhatTheTrainedOneSaid()
    {
        PredictLesson.Outcome outcome = PredictLesson.Run(_output);
        Assert.True(outcome.LoadedIsEqual);
        Assert.InRange(outcome.Accuracy, 0.9, 1);
        Assert.Equal(("good", "bad"), (outcome.Good, outcome.Bad));
        Assert.InRange(outcome.Probability, 0.5, 1);
        Assert.StartsWith("The run has no task 'rte', only mood.", outcome.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_StoppedAndGoneOn_EndsBitEqual()
    {
        ResumeLesson.Outcome outcome = ResumeLesson.Run(_output);
        Assert.Equal(8 * 32, outcome.Through.Length);
        Assert.NotEqual(outcome.Through, outcome.Stopped);
        Assert.Equal(outcome.Through, outcome.Resumed);
        Assert.Contains(
            "training.batch 32 (now 16), expected the settings of this run", outcome.Refusal, StringComparison.Ordinal);
    }
}
