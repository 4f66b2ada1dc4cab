using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Configuration;

public sealed class RunConfigurationTests
{
    private const string Least = """
        {
          "model": "m", // a comment
          "tasks": [ { "name": "rte" } ],
          "sources": [ "a.pt", ],
        }
        """;

    [Fact]
    public void Absent_MeansTheDefaults()
    {
        using TempFolder folder = new();
        RunConfiguration sut = RunConfiguration.Load(folder.Write("mine.json", Least));
        Assert.Equal(folder.PathOf("m"), sut.Model);
        Assert.Equal([new TaskSettings("rte")], sut.Tasks);
        Assert.Equal([new SourceSelection("a", SourceOrigin.File) { File = folder.PathOf("a.pt") }], sut.Sources);
        Assert.Equal(new TrainingSettings(), sut.Training);
        Assert.Equal(
            new PromptSettings { Sources = new SourceSettings { Scale = SourceScale.None } }, sut.Prompt);
        Assert.Equal(("crosspt", RouterStart.Trials), (sut.Method.Name, sut.Router.Start));
        Assert.Equal((400, 16, 0.3, 0.1, 0.2, 1.0, 0.0), (
            sut.Training.Steps, sut.Training.Batch, sut.Training.LearningRate(ParameterRole.Private),
            sut.Training.LearningRate(ParameterRole.Router), sut.Training.Warmup, sut.Training.Clip,
            sut.Training.WeightDecay));
        Assert.Equal((256, true, 1L), (sut.Data.SourceLength, sut.Evaluation.VerifyReload, sut.Seed));
        Assert.Equal(Path.Combine("runs", "mine-1"), sut.OutFolder);
    }

    [Fact]
    public void Overrides_LieOverTheFile()
    {
        using TempFolder folder = new();
        RunConfiguration sut = RunConfiguration.Load(
            folder.Write("mine.json", Least), "training.learningRate.private=0.5", "tasks[0].shots=16",
            "prompt.sourceScale=none", "prompt.private.start=vocabulary", "out=there",
            "sources[0]={\"file\": \"b.pt\", \"name\": \"mnli\"}");
        Assert.Equal(0.5, sut.Training.LearningRates.Private);
        Assert.Equal(16, sut.Tasks[0].Shots);
        Assert.Equal(
            (SourceScale.None, PromptStart.Vocabulary), (sut.Prompt.Sources.Scale, sut.Prompt.Private.Start.Kind));
        Assert.Equal(folder.PathOf("there"), sut.OutFolder);
        Assert.Equal(new SourceSelection("mnli", SourceOrigin.File) { File = folder.PathOf("b.pt") }, sut.Sources[0]);
    }

    [Theory]
    [InlineData("modl=\"x\"", "unknown key \"modl\"; the nearest known one is \"model\"")]
    [InlineData(
        "training.learningrate=1", "unknown key \"training.learningrate\"; the nearest known one is \"learningRate\"")]
    [InlineData("tasks[0].shot=1", "unknown key \"tasks[0].shot\"; the nearest known one is \"shots\"")]
    [InlineData("tasks[0].shots=0", "tasks[0].shots: found 0, expected an integer from 1")]
    [InlineData("tasks[0].shots=\"many\"", "tasks[0].shots: found \"many\", expected a number of examples, or \"all\"")]
    [InlineData("tasks[0].shots=1e9", "tasks[0].shots: found 1e9")]
    [InlineData("tasks[0].name=rt", "tasks[0].name: found \"rt\", expected a built-in task (boolq, cb, cola,")]
    [InlineData("tasks=[]", "tasks: found a list of 0, expected one task or more")]
    [InlineData(
        "tasks=[{\"name\": \"rte\"}, {\"name\": \"rte\"}]",
        "tasks[1].name: found \"rte\", expected a task that is not there already")]
    [InlineData("tasks=rte", "tasks: found \"rte\", expected a list")]
    [InlineData("sources=[]", "sources: found a list of 0, expected one source prompt or more")]
    [InlineData("sources=[\"x/a.pt\", \"y/a.pt\"]", "sources[1]: a second source prompt called \"a\"")]
    [InlineData("sources=[7]", "sources[0]: found 7, expected a prompt file")]
    [InlineData(
        "sources=[{\"anonymous\": 2}]",
        "sources: router.start \"trials\" with 2 of 2 source prompts from random numbers, expected ones that were "
            + "trained")]
    [InlineData(
        "sources=[\"a.pt\", {\"random\": \"b\"}]",
        "sources: router.start \"trials\" with 1 of 2 source prompts from random numbers")]
    [InlineData("method=ptt", "method: found \"ptt\", expected one of attempt, crosspt, crosspt-evidence, dept")]
    [InlineData("seed=-1", "seed: found -1")]
    [InlineData("seed=1.5", "seed: found 1.5")]
    [InlineData("prompt.length=-1", "prompt.length: found -1")]
    [InlineData("prompt.sourceScale=rms", "expected one of mean, vocabulary, none")]
    [InlineData("router.temperature=0", "router.temperature: found 0")]
    [InlineData("training.steps=99999999999", "training.steps: found 99999999999")]
    [InlineData("training.learningRate.private=-0.1", "training.learningRate.private: found -0.1")]
    [InlineData("training.learningRate.router=1e999", "training.learningRate.router: found 1e999")]
    [InlineData("training.warmup=1.1", "training.warmup: found 1.1, expected a number from 0 to 1")]
    [InlineData("evaluation.examples=0", "evaluation.examples: found 0")]
    [InlineData("data.sourceLength=1", "data.sourceLength: found 1")]
    [InlineData("model=7", "model: found 7, expected a string")]
    public void WrongSetting_IsRefused(string setting, string words)
    {
        using TempFolder folder = new();
        string message = Assert.Throws<ConfigurationException>(
            () => RunConfiguration.Load(folder.Write("mine.json", Least), setting)).Message;
        Assert.StartsWith($"--set {setting}: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no clipScope beside \"clip\": 0", "training.clip=0", "training.clipScope=global")]
    [InlineData("no shotsPer beside \"shots\": \"all\"", "tasks[0].shots=all", "tasks[0].shotsPer=label")]
    [InlineData("no \"balanced\": false beside", "tasks[0].shots=all", "tasks[0].balanced=false")]
    [InlineData("no \"balanced\": false beside", "tasks[0].shotsPer=label", "tasks[0].balanced=false")]
    public void SettingWithoutEffect_IsRefused(string words, params string[] settings)
    {
        using TempFolder folder = new();
        string path = folder.Write("mine.json", Least);
        foreach (string one in settings) RunConfiguration.Load(path, one);
        string message = Assert.Throws<ConfigurationException>(() => RunConfiguration.Load(path, settings)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void BestSource_OfRandomOnes_IsRefused()
    {
        using TempFolder folder = new();
        string path = folder.Write("mine.json", Least);
        string message = Assert.Throws<ConfigurationException>(
            () => RunConfiguration.Load(path, "method=spot", "sources=[{\"anonymous\": 2}]")).Message;
        Assert.Contains(
            "sources: prompt.private.start.source \"best\" with 2 of 2 source prompts from random numbers", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WrongKeyInTheFile_IsNamedWithItsLine()
    {
        using TempFolder folder = new();
        string path = folder.Write("mine.json", Least.Replace("\"tasks\"", "\"taks\"", StringComparison.Ordinal));
        Assert.Equal(
            $"{path}:3:11: unknown key \"taks\"; the nearest known one is \"tasks\"",
            Assert.Throws<ConfigurationException>(() => RunConfiguration.Load(path)).Message);
    }

    [Theory]
    [InlineData("tasks[0].shots=25", "24")]
    [InlineData("prompt.length=6", "s0.safetensors has a prompt [5, 16], expected 6 rows at least")]
    [InlineData("model=nowhere", "expected a model folder")]
    [InlineData("data.folder=nowhere", "has no train file of the task 'rte', expected one of glue/rte/train.jsonl")]
    [InlineData("data={}", "data.folder: is not given, expected it or a \"train\" file beside the task 'rte'")]
    [InlineData("sources[1]=nowhere.pt", "nowhere.pt")]
    [InlineData("sources[1]=long.npy", "s0.safetensors has a prompt [5, 16] and ")]
    [InlineData("sources[1]=wide.npy", "17 wide, expected 16")]
    [InlineData("sources[1]={\"file\": \"s1.safetensors\", \"name\": \"none\"}", "a source prompt named 'none'")]
    [InlineData("tasks[0].declaration=none.json", "no such file")]
    public void SettingThatDoesNotFit_IsRefused(string setting, string words)
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        string path = TinyModel.WriteRun(folder, backend);
        WriteNpy(folder.PathOf("long.npy"), 7, 16);
        WriteNpy(folder.PathOf("wide.npy"), 5, 17);
        Exception error = Assert.ThrowsAny<Exception>(() => Compose(RunConfiguration.Load(path, setting), backend));
        Assert.True(error is ConfigurationException or IOException, error.ToString());
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Length_TakesTheFirstRows_AndADeclarationMakesATask()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        string path = TinyModel.WriteRun(folder, backend);
        folder.Write("own.json", """
            { "name": "x", "fields": ["sentence1"], "labels": { "0": "no", "1": "yes" },
            "files": { "train": "glue/rte/train.jsonl" } }
            """);
        using PreparedRun prepared = PreparedRun.Load(
            RunConfiguration.Load(
                path, "prompt.length=3", "method=crosspt-evidence",
                """tasks[0]={"name": "own", "shots": 4, "declaration": "own.json","""
                + """ "validation": "data/glue/rte/validation.jsonl"}"""), backend);
        using ComposedRun run = prepared.Compose();
        Assert.Equal(3, run.Prompts.Length);
        Assert.Equal(["own", "mrpc"], run.Prompts.Tasks);
        // Brought to one size after the cut.
        using TensorScope scope = new();
        double[] sizes = [.. ((PromptMethod)run.Prompts).Parts(backend)
            .Where(static part => part.Name.StartsWith("source.", StringComparison.Ordinal))
            .Select(static part => new SourcePrompt("x", part.Value.ToSingles(), 16).RootMeanSquare)];
        Assert.Equal(2, sizes.Length);
        Assert.Equal(sizes[0], sizes[1], 1e-5);
    }

    private static void Compose(RunConfiguration configuration, IBackend backend)
    {
        using PreparedRun run = PreparedRun.Load(configuration, backend);
        run.Compose().Dispose();
    }

    private static void WriteNpy(string path, int rows, int columns)
    {
        string header =
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".PadRight(117) + "\n";
        using FileStream file = File.Create(path);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
        file.Write(System.Text.Encoding.ASCII.GetBytes(header));
        file.Write(new byte[4 * rows * columns]);
    }
}
