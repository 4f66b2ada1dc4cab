using CrossPT.Prompting.Routing;
using CrossPT.Runner.Demo;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Demo;

public sealed class DemoReportTests
{
    [Fact]
    public void TopRate_CountsTasksWhoseLargestWeightIsOnARelative()
    {
        using CpuBackend backend = new(1);
        using DemoWorld world = DemoWorld.Load(backend, DemoFiles.ModelFolder);
        DemoTask[] tasks = DemoTask.Create(world, world.Language.Targets, [1, 2], development: false);
        string[] columns = [.. world.Language.Sources.Select(static task => task.Name)];
        // Every weight on the first source: right for the targets that are its relatives alone.
        double[][] weights = [.. tasks.Select(_ => columns.Select(static (_, i) => i == 0 ? 0.9 : 0.02).ToArray())];
        RouterTable router = new([.. tasks.Select(static task => task.Name)], columns, weights, weights, 1);
        DemoOutcome outcome = new(
            DemoMethods.All[0], [.. tasks.Select(static task => task.Seed == 1 ? 0.5 : 0.7)], 0, router, 1, 1, 1);
        DemoReport sut = new(tasks, [outcome]);
        double expected = tasks.Count(task => task.Target.Relatives.Contains(columns[0]))
            / (double)tasks.Count(static task => task.Target.Relatives.Count > 0);
        Assert.Equal(expected, sut.TopRate(router), 12);
        Assert.Equal([50.0, 70.0], sut.KnownSkills(outcome).Select(static value => Math.Round(value, 9)));
        using StringWriter text = new();
        sut.Table().Write(text, null);
        Assert.Contains("60.0 ± 14.1", text.ToString(), StringComparison.Ordinal);
    }
}
