using System.Text.Json;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class RunResultTests
{
    [Theory]
    [InlineData(2.0, 0.5, "0.25")]
    // No infinity, and no 0 by 0: JSON has neither.
    [InlineData(0.0, 0.5, "null")]
    [InlineData(0.0, 0.0, "null")]
    public void WriteMembers_LossRatio_IsANumberOrNull(double first, double last, string ratio)
    {
        // As many steps at either end as the means are over.
        TrainingStep[] steps =
        [
            .. Enumerable.Range(1, 2 * RunMetrics.LossSteps)
                .Select(number => Step(number, number <= RunMetrics.LossSteps ? first : last)),
        ];
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            new RunMetrics(new TrainingOutcome(steps, 0, null, 0), [], RunBudget.None, null).WriteMembers(json);
            json.WriteEndObject();
        }
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(ratio, document.RootElement.GetProperty("loss_ratio").GetRawText());
    }

    private static TrainingStep Step(int number, double loss) =>
        new(number, loss, 1, 1, new Dictionary<ParameterRole, double>(), null, null);
}
