using System.Text.Json;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tracking;
using CrossPT.Runner.Demo;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Demo;

public sealed class DemoSweepTests
{
    // All methods, two steps each: what the folder holds loads as runs do, and answers as the demo did.
    [Fact]
    public void Runs_LoadAndAnswerAsTheDemoDid()
    {
        using TempFolder folder = new();
        using DemoFleet fleet = new(static () => new CpuBackend(1), 2);
        DemoSources sources = Sources(fleet.World);
        string sourceFolder = Path.Combine(folder.FullName, DemoSweep.SourcesName);
        Directory.CreateDirectory(sourceFolder);
        foreach (SourcePrompt source in sources.Prompts)
            source.Save(Path.Combine(sourceFolder, $"{source.Name}.safetensors"));
        DemoTask[] tasks = Tasks(fleet.World);
        DemoFleet.DemoRuns runs = fleet.Prepare(sources, tasks, 1, default);
        DemoOutcome[] outcomes =
        [
            .. DemoMethods.All.Select(method => runs.Run(method with { Steps = Math.Min(method.Steps, 2) })),
        ];
        new DemoSweep(folder.FullName, fleet.World, sources, runs).Write(tasks, outcomes);

        JsonElement sweep =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "sweep.json"))).RootElement;
        Assert.Equal(
            ["variant", "seed"],
            sweep.GetProperty("axes").EnumerateArray().Select(static axis => axis.GetProperty("name").GetString()));
        Assert.Equal(DemoMethods.All[0].Title, sweep.GetProperty("baseline").GetProperty("variant").GetString());
        JsonElement[] written = [.. sweep.GetProperty("runs").EnumerateArray()];
        Assert.Equal(2 * outcomes.Length, written.Length);
        for (int i = 0; i < written.Length; i++)
        {
            DemoOutcome outcome = outcomes[i / 2];
            string run = Path.Combine(folder.FullName, written[i].GetProperty("folder").GetString()!);
            Assert.True(RunFolder.IsFinished(run));
            using TrainedRun loaded = TrainedRun.Load(run, fleet.World.Model, fleet.World.Tokenizer);
            int[] places = [.. Enumerable.Range(0, tasks.Length).Where(place => tasks[place].Seed == 1 + (i % 2))];
            Assert.Equal(places.Select(place => $"demo/{tasks[place].Target.Task.Name}"), loaded.Tasks);
            Assert.Equal(outcome.Router is not null, File.Exists(Path.Combine(run, RunFolder.RouterName)));
            Assert.Equal(
                outcome.Router is null ? 0 : 1,
                RouterHistory.Read(Path.Combine(run, RunFolder.RouterHistoryName)).Count);
            foreach (int place in places)
            {
                string name = $"demo/{tasks[place].Target.Task.Name}";
                double accuracy = loaded.Evaluate(
                    name, [.. tasks[place].Test.Select(static example => example.Example!)]).Metrics[0].Value;
                Assert.Equal(outcome.Accuracies[place], accuracy);
                SavedPrediction[] predictions =
                [
                    .. PredictionsFile.Read(Path.Combine(run, RunFolder.PredictionsName))
                        .Where(one => one.Task == name),
                ];
                Assert.Equal(accuracy, predictions.Average(static one => one.Score), 12);
            }
        }
    }

    private static DemoTask[] Tasks(DemoWorld world)
    {
        LanguageTarget[] targets = [world.Language.Targets[0], world.Language.Targets[7]];
        return [.. DemoTask.Create(world, targets, [1, 2], development: false)
            .Select(static task => task with { Test = [.. task.Test.Take(6)] })];
    }

    private static DemoSources Sources(DemoWorld world)
    {
        int width = world.Model.Config.ModelWidth;
        return new DemoSources(
            [
                .. world.Language.Sources.Select(
                    (task, i) => new SourcePrompt(
                        task.Name,
                        PromptStarts.Create(PromptStart.Vocabulary, world.Model, DemoSources.Length, (ulong)i, "s"),
                        width))],
            [.. world.Language.Sources.Select(static _ => (0.5, 0.5))], 0);
    }
}
