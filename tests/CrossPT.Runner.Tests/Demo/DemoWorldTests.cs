using CrossPT.Prompting.Language;
using CrossPT.Prompting.Pretraining;
using CrossPT.Runner.Demo;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Demo;

public sealed class DemoWorldTests
{
    [Fact]
    public void ShippedModel_IsOfTheCommittedRecipe()
    {
        // The recipe's own settings, written out: whoever changes one must train the model again.
        string recipe = RepositoryFolder.PathOf("CrossPT.Runner/Demo/pretrain.json");
        PretrainingFolder.Open(DemoFiles.ModelFolder, PretrainingConfiguration.Load(recipe));
        long bytes = new DirectoryInfo(DemoFiles.ModelFolder).EnumerateFiles().Sum(static file => file.Length);
        Assert.InRange(bytes, 1, 2_500_000);
    }

    [Fact]
    public void ShippedTokenizer_IsTheLanguages()
    {
        using CpuBackend backend = new(1);
        using DemoWorld world = DemoWorld.Load(backend, DemoFiles.ModelFolder);
        using MemoryStream tokenizer = new();
        world.Language.WriteTokenizer(tokenizer);
        Assert.Equal(tokenizer.ToArray(), File.ReadAllBytes(Path.Combine(DemoFiles.ModelFolder, "tokenizer.json")));
    }

    [Fact]
    public void ShippedModel_AnswersWhatItWasTrainedOn()
    {
        using CpuBackend backend = new(1);
        using DemoWorld world = DemoWorld.Load(backend, DemoFiles.ModelFolder);
        foreach (LanguageTask source in world.Language.Sources)
        {
            double accuracy = PrefixAccuracy.Measure(
                world.Model, world.Tokenizer, source,
                world.Language.Examples(source, LanguageSplit.Test, seed: 1, 120));
            Assert.True(accuracy > 0.97, $"{source.Name}: {accuracy}");
        }
    }
}
