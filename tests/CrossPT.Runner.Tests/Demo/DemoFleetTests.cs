using CrossPT.Prompting.Language;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Runner.Demo;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Demo;

public sealed class DemoFleetTests
{
    // Every kind of start and router there is, two steps of each: the numbers of a task are its own, however the tasks
    // are divided.
    [Fact]
    public void Outcomes_AreTheSame_HoweverManyWorkers()
    {
        DemoOutcome[] one = Run(1), three = Run(3);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.Equal(one[i].Accuracies, three[i].Accuracies);
            Assert.Equal(
                one[i].Router?.Weights.SelectMany(static row => row),
                three[i].Router?.Weights.SelectMany(static row => row));
            Assert.Equal(one[i].TrainedNumbers, three[i].TrainedNumbers);
        }
        Assert.Contains(one, static outcome => outcome.Router is not null);

        static DemoOutcome[] Run(int workers)
        {
            using DemoFleet fleet = new(static () => new CpuBackend(1), workers);
            DemoSources sources = Sources(fleet.World);
            DemoTask[] tasks = Tasks(fleet.World);
            DemoFleet.DemoRuns runs = fleet.Prepare(sources, tasks, 1, default);
            return [.. DemoMethods.All.Select(method => runs.Run(method with { Steps = Math.Min(method.Steps, 2) }))];
        }
    }

    [Fact]
    public void Targets_AreNewDomains_ACombinationAndOneWithoutARelative()
    {
        using CpuBackend backend = new(1);
        using DemoWorld world = DemoWorld.Load(backend, DemoFiles.ModelFolder);
        Assert.Equal(6, world.Language.Sources.Count);
        Assert.Equal([1, 1, 1, 1, 1, 1, 2, 0], world.Language.Targets.Select(static target => target.Relatives.Count));
        DemoTask[] tasks = Tasks(world);
        Assert.All(tasks, static task => Assert.Equal(DemoTask.Shots, task.Training.Count));
        // Reported texts are none that anything was trained or chosen on.
        DemoTask[] development = DemoTask.Create(world, [tasks[0].Target], [101], development: true);
        Assert.Empty(Texts(tasks[0].Test).Intersect(Texts(development[0].Test)));
        Assert.Empty(Texts(tasks[0].Test).Intersect(Texts(tasks[0].Training)));

        static IEnumerable<string> Texts(IEnumerable<Prompting.Tasks.EncodedExample> examples) =>
            examples.Select(static example => example.Example!.Text);
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
