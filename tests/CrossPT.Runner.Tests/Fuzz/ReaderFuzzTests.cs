using System.Diagnostics;
using System.Globalization;
using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Files.Tests;
using CrossPT.TestKit;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Tests.Fuzz;

/// <summary>
/// Every reader on damaged files: each file is read, or refused by an exception that the command line shows as one
/// line, and none hangs. <c>CROSSPT_FUZZ=200000</c> sets the number of files of all readers together, each of which
/// then has two seconds; run it on a quiet machine.
/// </summary>
public sealed class ReaderFuzzTests : IDisposable
{
    private const int Few = 1500;
    private const string Declaration = """
        { "name": "mood", "fields": ["text"], "template": "{text}", "labels": { "0": "tea", "1": "note" },
          "scale": null, "maps": { "other": { "0": "a", "1": "b" } }, "metrics": ["accuracy", "f1"],
          "files": { "train": ["train.jsonl", { "file": "a.tsv", "columns": { "text": 1, "label": 2 } }] } }
        """;

    private const string Lines = """
        {"text": "a note", "label": 1}
        {"text": "tea\u00e9", "label": "0"}

        """;

    private const string Grid = """
        { "name": "length", "configuration": "config.json", "product": { "seed": [1, 2], "training.steps": [2, 3] },
          "zip": [ { "training.batch": [2, 4], "training.warmup": [0, 0.1] } ],
          "variants": [ { "name": "A", "set": { "method": "attempt" } }, { "name": "B", "set": {} } ], "baseline": "A" }
        """;

    private const string Pretraining = """
        { "model": { "d_model": 8 }, "language": { "seed": 1 }, "training": { "steps": 4, "batch": 2 }, "seed": 3 }
        """;

    private static readonly TaskDeclaration s_mood =
        TaskDeclaration.Read(ConfigReader.Read(Encoding.UTF8.GetBytes(Declaration), "mood", ""));

    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new(1);

    public static TheoryData<string> Names =>
    [
        "safetensors", "pytorch", "npy", "tokenizer.json", "spiece.model", "tokenizer_config.json", "model config",
        "configuration", "declaration", "grid", "pretraining", "jsonl", "csv", "tsv", "parquet", "derived csv",
        "run config", "run prompts", "run metrics", "run predictions", "run history", "checkpoint",
        "prompt safetensors", "prompt pytorch", "peft config", "peft weights",
    ];

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_IsReadOrRefused(string name)
    {
        (string path, Action read) = Reader(name);
        byte[] valid = File.ReadAllBytes(path);
        string? told = Environment.GetEnvironmentVariable("CROSSPT_FUZZ");
        int total = told is null ? Few : int.Parse(told, CultureInfo.InvariantCulture);
        // Beside other tests a read may wait for a processor.
        TimeSpan longest = TimeSpan.FromSeconds(told is null ? 30 : 2);
        int count = (total + Names.Count - 1) / Names.Count;
        int seed = name.Sum(static c => c);
        Random random = new(seed);
        read();
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = valid;
            for (int times = random.Next(1, 5); times > 0; times--) bytes = Mutation.Of(bytes, random);
            File.WriteAllBytes(path, bytes);
            long start = Stopwatch.GetTimestamp();
            try
            {
                read();
            }
            catch (Exception error) when (error
                is UserException or ConfigurationException or IOException or InvalidDataException)
            {
                Assert.DoesNotContain("(Parameter '", error.Message, StringComparison.Ordinal);
            }
            catch (Exception error)
            {
                string content = Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 4096)));
                throw new InvalidOperationException($"{name}, number {i}: {error.GetType().Name} of {content}", error);
            }
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            Assert.True(taken < longest, $"{name}, number {i}: {taken.TotalSeconds} s");
        }
    }

    private (string Path, Action Read) Reader(string name) => name switch
    {
        "safetensors" => Tensors(Weights("w.safetensors")),
        "pytorch" => Tensors(Torch("w.pt")),
        "npy" => Tensors(Npy()),
        "tokenizer.json" => Tokenizer("tokenizer.json"),
        "spiece.model" => Tokenizer("spiece.model"),
        "tokenizer_config.json" => Tokenizer("tokenizer_config.json"),
        "model config" => ModelConfig(),
        "configuration" => Text("c.json", Configuration(), static path => RunConfiguration.Load(path)),
        "declaration" => Text("d.json", Declaration, static path => TaskDeclaration.Load(path)),
        "grid" => GridFile(),
        "pretraining" => Text("p.json", Pretraining, ReadPretraining),
        "jsonl" => Rows("x.jsonl", Lines),
        "csv" => Rows("x.csv", "text,label\n\"a, \"\"note\"\"\",1\ntea,0\n"),
        "tsv" => Rows("x.tsv", "label\ttext\n1\ta note\n0\ttea\n"),
        "parquet" => Parquet(),
        "derived csv" => Text("x.csv", "text,label\ngood tea,1\nno tea,0\na,1\n", path => DerivedTask.From("x", path)),
        "checkpoint" => Checkpoint(),
        "prompt safetensors" => Prompt(Weights("w.safetensors")),
        "prompt pytorch" => Prompt(Torch("w.pt")),
        "peft config" => Peft("adapter_config.json"),
        "peft weights" => Peft("adapter_model.safetensors"),
        _ => Run(name),
    };

    private (string, Action) Text(string name, string text, Action<string> read)
    {
        string path = _folder.Write(name, text);
        return (path, () => read(path));
    }

    private (string, Action) Rows(string name, string text) =>
        Text(name, text, static path => TaskData.Read(path, s_mood));

    private (string, Action) Parquet()
    {
        string path = PathOf("x.parquet");
        File.Copy(RepositoryFolder.PathOf("tests/fixtures/parquet/rte-snappy.parquet"), path);
        return (path, () => TaskData.Read(path, BuiltInTasks.Find("rte")!));
    }

    private static (string, Action) Tensors(string path) => (path, () =>
    {
        using ITensorSource source = TensorFiles.Open(path);
        foreach (TensorEntry entry in source.Entries)
        {
            byte[] bytes = new byte[Math.Min(entry.ByteLength, 1 << 16)];
            source.Read(entry, 0, bytes);
        }
    });

    private static (string, Action) Prompt(string path) => (path, () => PromptFile.LoadAll(path));

    private (string, Action) Tokenizer(string name)
    {
        string source = name == "tokenizer.json" ? "plain" : "ids";
        string folder = PathOf("tokenizer");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(RepositoryFolder.PathOf($"tests/fixtures/tokenizers/{source}")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return (Path.Combine(folder, name), () =>
        {
            SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
            tokenizer.Decode(tokenizer.Encode("a <b te\u0301st \U0001F600 <extra_id_0>", EncodeOptions.SpecialPieces));
        });
    }

    private (string, Action) ModelConfig()
    {
        TinyRun.WriteConfiguration(_folder);
        string path = PathOf("model/config.json");
        return (path, () => T5Config.Load(PathOf("model")));
    }

    private string Configuration()
    {
        string path = TinyRun.WriteConfiguration(_folder, "attempt");
        return File.ReadAllText(path);
    }

    private (string, Action) GridFile()
    {
        TinyRun.WriteConfiguration(_folder);
        return Text("g.json", Grid, static path => SweepPlan.Expand(SweepGrid.Load(path)));
    }

    private static void ReadPretraining(string path) => PretrainingConfiguration.Load(path);

    private (string, Action) Peft(string file)
    {
        string folder = PathOf("peft");
        Directory.CreateDirectory(folder);
        new SafetensorsWriter().Add("prompt_embeddings", DType.Float32, new Shape(3, 4), ZipBytes.Floats(12))
            .Save(Path.Combine(folder, "adapter_model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """
            { "peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "num_virtual_tokens": 3, "token_dim": 4 }
            """);
        return (Path.Combine(folder, file), () => PromptFile.LoadAll(folder));
    }

    private (string, Action) Checkpoint()
    {
        string run = TinyRun.Train(_folder);
        string folder = Path.Combine(run, "checkpoint");
        return (Path.Combine(folder, CheckpointFile.Name), () => CheckpointFile.Read(folder));
    }

    private (string, Action) Run(string name)
    {
        string run = TinyRun.Train(_folder);
        T5Model model = T5Model.Load(PathOf("model"), _backend);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(PathOf("model"));
        string file = name switch
        {
            "run config" => RunFolder.ConfigName,
            "run prompts" => RunFolder.PromptsName,
            "run metrics" => RunFolder.MetricsName,
            "run predictions" => RunFolder.PredictionsName,
            _ => RunFolder.HistoryName,
        };
        return (Path.Combine(run, file), () =>
        {
            ResultSet set = ResultSet.Load([run]);
            ResultSummary.Of(set);
            TrainingHistory.Read(Path.Combine(run, RunFolder.HistoryName));
            PromptFile.LoadAll(run);
            using TrainedRun trained = TrainedRun.Load(run, model, tokenizer);
            trained.Compose().Dispose();
        });
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Weights(string name)
    {
        string path = PathOf(name);
        new SafetensorsWriter(new Dictionary<string, string> { ["format"] = "pt" })
            .Add("prompt", DType.Float32, new Shape(3, 4), ZipBytes.Floats(12)).Save(path);
        return path;
    }

    private string Npy()
    {
        string path = PathOf("a.npy");
        NpyFile.Write(path, DType.Float32, new Shape(3, 4), ZipBytes.Floats(12));
        return path;
    }

    private string Torch(string name)
    {
        string path = PathOf(name);
        byte[] pickle = new PickleBytes().Op("}q\u0001(").Text("prompt")
            .Tensor("FloatStorage", "0", 12, 0, [3, 4], [4, 1]).Op("u").Stop();
        File.WriteAllBytes(path, ZipBytes.Torch(pickle, ("0", ZipBytes.Floats(12))));
        return path;
    }
}
