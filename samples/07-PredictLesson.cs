using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 7. A run is trained from a configuration, saved as a folder, loaded and asked. The folder holds the finished
/// prompt and the model's path: a loaded run predicts, to the last bit, as it did when it was trained.
/// </summary>
internal static class PredictLesson
{
    internal sealed record Outcome(
        double Accuracy, bool LoadedIsEqual, string Good, string Bad, double Probability, string Refusal);

    public static Outcome Run(TextWriter output)
    {
        using ToyRun toy = new();
        (double accuracy, bool equal) = Train(toy, output);
        // A run owns the model and the back end it loads; disposing it frees them. It serves one thread at a time.
        using TrainedRun run = TrainedRun.Load(toy.PathOf("run"));
        Prediction good = run.Predict("mood", Row("song joy sun"));
        Prediction bad = run.Predict("mood", Row("debt rain rain noise"));
        output.WriteLine($"song joy sun: {good.Word} ({good.Probability:P0}).");
        output.WriteLine($"debt rain rain noise: {bad.Word} ({bad.Probability:P0}).");
        // Many rows go in batches, and a token stops between them.
        using CancellationTokenSource stop = new(TimeSpan.FromMinutes(1));
        Prediction[] many = run.Predict("mood", [Row("gift"), Row("loss loss")], stop.Token);
        string scores = string.Join(", ", many[0].Scores);
        output.WriteLine($"gift: {many[0].Word}; loss loss: {many[1].Word}. Probabilities for gift: {scores}.");
        string refusal = "";
        try
        {
            run.Predict("rte", Row("sun"));
        }
        catch (ArgumentException error)
        {
            refusal = error.Message;
        }
        output.WriteLine($"Another task is refused: {refusal}");
        return new Outcome(accuracy, equal, good.Word, bad.Word, good.Probability, refusal);
    }

    /// <summary>Trains, saves, evaluates and verifies the run, as <c>crosspt train</c> does.</summary>
    private static (double Accuracy, bool Equal) Train(ToyRun toy, TextWriter output)
    {
        RunConfiguration configuration = toy.Configuration with { Out = toy.PathOf("run") };
        using CpuBackend backend = new(threads: 1);
        using TrainedRun run = Prompting.Runs.Run.Execute(configuration, new RunOptions { Backend = backend });
        RunMetrics metrics = run.Metrics!;
        double accuracy = metrics.Evaluations[0].Metrics[0].Value;
        output.WriteLine($"{metrics.Steps.Count} steps; accuracy on texts it never saw: {accuracy:P0}.");
        return (accuracy, metrics.ReloadEqual == true);
    }

    private static Dictionary<string, string> Row(string text) => new() { ["text"] = text };
}
