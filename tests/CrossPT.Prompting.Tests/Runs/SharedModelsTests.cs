using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class SharedModelsTests
{
    [Fact]
    public void Runs_ShareOneModel_AndItIsFreedWithTheLastThatWasExpected()
    {
        using TempFolder folder = new();
        using CpuBackend loading = new(1), first = new(1), second = new(1);
        RunConfiguration configuration = RunConfiguration.Load(
            TinyModel.WriteRun(folder, loading, "\"training\": { \"steps\": 3, \"batch\": 4 }"));
        using SharedModels sut = new(loading);
        sut.Expect(configuration.Model);
        sut.Expect(configuration.Model);
        using (PreparedRun one = PreparedRun.Load(configuration, first, sut))
        using (PreparedRun two = PreparedRun.Load(
            configuration with { Model = configuration.Model + Path.DirectorySeparatorChar }, second, sut))
        {
            Assert.Equal(1, sut.Loaded);
            Assert.Same(one.Tokenizer, two.Tokenizer);
            Assert.Equal(one.Record.Model.Sha256, two.Record.Model.Sha256);
            sut.Release(configuration.Model);
            Assert.Equal(1, sut.Loaded);
            sut.Release(configuration.Model);
            Assert.Equal(0, sut.Loaded);
            // The runs keep what they were given.
            using ComposedRun oneRun = one.Compose(), twoRun = two.Compose();
            Assert.Equal(
                oneRun.Train().Steps.Select(static step => step.Loss),
                twoRun.Train().Steps.Select(static step => step.Loss));
        }
    }
}
