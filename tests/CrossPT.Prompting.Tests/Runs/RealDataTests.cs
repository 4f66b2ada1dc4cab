using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.TestKit;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class RealDataTests
{
    [Fact]
    public void RteAndMrpc_TrainTogether_OnATinyT5OfTheRealVocabulary()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(2);
        T5Config config = TinyModel.Config with { VocabularySize = 32128 };
        using (T5Model model = T5Model.Random(config, backend, seed: 2)) model.Save(folder.PathOf("model"));
        new SafetensorsWriter()
            .Add(
                "prompt", DType.Float32, new Shape(4, 16),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(TinyModel.Gaussians(64, 1, 1).AsSpan()).ToArray())
            .Save(folder.PathOf("a.safetensors"));
        string path = folder.Write("real.json", $$"""
            { "model": "model", "tasks": [ { "name": "rte", "shots": 32 }, { "name": "mrpc", "shots": 32 } ],
            "sources": ["a.safetensors"],
              "training": { "steps": 20, "batch": 16 }, "evaluation": { "examples": 20 },
              "data": { "folder": "{{SharedFolder.Path("data")}}",
                "tokenizer": "{{SharedFolder.Path("t5/spiece.model")}}" } }
            """);
        using PreparedRun prepared = PreparedRun.Load(RunConfiguration.Load(path), backend);
        using ComposedRun run = prepared.Compose();
        TrainingOutcome outcome = run.Train();
        RunFolder saved = RunFolder.Create(folder.PathOf("run"));
        prepared.SaveRecord(saved, run.Prompts.Length);
        run.SavePrompts(saved);
        RunMetrics result = new(outcome, run.Evaluate(), run.Budget, null);
        Assert.True(result.LastLoss < result.FirstLoss, $"{result.FirstLoss} to {result.LastLoss}");
        Assert.Equal([20, 20], result.Evaluations.Select(static one => one.Actual.Count));
        using TrainedRun loaded = TrainedRun.Load(saved.FullPath, prepared.Model, prepared.Tokenizer);
        Assert.True(run.IsEqual(loaded, result.Evaluations));
    }
}
