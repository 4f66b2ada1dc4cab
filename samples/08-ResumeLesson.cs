using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 8. A checkpoint holds what the next step depends on: trained numbers, optimizer state and position. Random
/// numbers are functions of seed and step. So a run that was stopped and resumed ends at the same bits.
/// </summary>
internal static class ResumeLesson
{
    private const int Stop = 25, End = 60;

    internal sealed record Outcome(float[] Through, float[] Stopped, float[] Resumed, string Refusal);

    public static Outcome Run(TextWriter output)
    {
        using ToyRun toy = new();
        TrainingSettings settings = toy.Configuration.Training with { Steps = End };
        string checkpoint = toy.PathOf("checkpoint"), refusal = "";
        float[] through = Train(toy, settings, upTo: End);
        output.WriteLine($"Left alone: {through.Length} numbers after {End} steps, the first of them {through[0]:R}.");

        // Another trainer continues with prompts that start anew, as after a power cut: train --resume does the same.
        float[] stopped = Train(toy, settings, upTo: Stop, save: checkpoint);
        float[] resumed = Train(toy, settings, upTo: End, restore: checkpoint);
        bool isEqual = through.SequenceEqual(resumed);
        output.WriteLine($"After {Stop} steps: {stopped[0]:R}; resumed to the end: {resumed[0]:R}. Equal: {isEqual}.");

        // Only the same run can go on; another is told what differs, and nothing is changed.
        try
        {
            Train(toy, settings with { Batch = 16 }, upTo: End, restore: checkpoint);
        }
        catch (CheckpointException error)
        {
            refusal = error.Message;
        }
        output.WriteLine($"With another batch: {refusal}");
        return new Outcome(through, stopped, resumed, refusal);
    }

    /// <summary>The prompt after so many steps, of a new trainer before a new prompt.</summary>
    private static float[] Train(
        ToyRun toy, TrainingSettings settings, int upTo, string? save = null, string? restore = null)
    {
        using CpuBackend backend = new(threads: 1);
        using PreparedRun prepared = PreparedRun.Load(toy.Configuration, backend);
        using ComposedRun run = prepared.Compose();
        TrainingTask[] tasks = [.. run.Tasks.Select(static one => new TrainingTask(one.Codec.Task.Name, one.Training))];
        using Trainer trainer = new(prepared.Model, run.Prompts, tasks, settings, (ulong)toy.Configuration.Seed);
        if (restore is not null) trainer.Restore(restore);
        while (trainer.StepCount < upTo) trainer.Step();
        if (save is not null) trainer.SaveCheckpoint(save);
        return [.. run.Prompts.Parameters.SelectMany(static parameter => parameter.Variable.Value.ToSingles())];
    }
}
