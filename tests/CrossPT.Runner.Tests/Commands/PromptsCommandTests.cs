using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Files;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Files.Tests;
using CrossPT.TestKit;

namespace CrossPT.Runner.Tests.Commands;

/// <summary><c>crosspt prompts …</c> from the command line to the files and back.</summary>
public sealed class PromptsCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void List_TellsOfEveryFile_AndOfThoseItCannotRead()
    {
        Save("a.safetensors", 3, 4);
        Save("run/prompts.safetensors", ("target.rte", 2, 4), ("private.rte", 2, 4));
        _folder.Write("broken.pt", "PKx");
        CliRun run = CliRun.Of("prompts", "list", _folder.FullName, "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        JsonElement[] prompts = [.. run.Json.GetProperty("prompts").EnumerateArray()];
        Assert.Equal(
            ["a", "target.rte", "private.rte"],
            prompts.Select(static prompt => prompt.GetProperty("name").GetString()));
        Assert.Equal(
            (3, 4, "Float32"),
            (prompts[0].GetProperty("length").GetInt32(), prompts[0].GetProperty("width")
                .GetInt32(), prompts[0].GetProperty("dtype").GetString()));
        Assert.Equal(
            Math.Sqrt(Enumerable.Range(1, 12).Average(static x => x * x)), prompts[0].GetProperty("rms").GetDouble(),
            9);
        JsonElement problem = Assert.Single(run.Json.GetProperty("unreadable").EnumerateArray());
        Assert.EndsWith("broken.pt", problem.GetProperty("path").GetString());
        CliRun text = CliRun.Of("prompts", "list", _folder.FullName);
        Assert.Equal(0, text.Code);
        Assert.Contains(
            $"{"a.safetensors",-16}      3      4  Float32       7.3598  "
                + $"{prompts[0].GetProperty("sha256").GetString()![..16]}\n", text.Output);
        Assert.Contains("run: target.rte", text.Output);
        Assert.Contains("unreadable: ", text.Output);
        Assert.EndsWith("3 prompts, 1 unreadable\n", text.Output);
    }

    [Fact]
    public void List_OfNoFolder_IsBadInput()
    {
        CliRun.Of("prompts", "list", Path.Combine(_folder.FullName, "none"))
            .AssertBadInput("none", "expected a folder");
        CliRun.Of("prompts", "list", _folder.Write("file", "")).AssertBadInput("is a file");
    }

    [Fact]
    public void Show_TellsTheFigures()
    {
        string path = Save("a.safetensors", 2, 2);
        JsonElement json = CliRun.Of("prompts", "show", path, "--json").Json;
        Assert.Equal(
            (2.5, 1, 4),
            (json.GetProperty("mean").GetDouble(), json.GetProperty("min").GetDouble(), json.GetProperty("max")
                .GetDouble()));
        Assert.Equal(Math.Sqrt(5), json.GetProperty("row_norm").GetProperty("min").GetDouble(), 9);
        CliRun text = CliRun.Of("prompts", "show", path);
        Assert.Contains("mean 2.5, sd 1.118, 1 to 4\n", text.Output);
        Assert.Contains("row norms  2.2361 to 5, mean 3.618\n", text.Output);
    }

    [Fact]
    public void Show_WithAModel_NamesTheWordsOfItsRows()
    {
        string model = WriteModel();
        using (CrossPT.Tensors.Files.ITensorSource weights = CrossPT.Tensors.Files.TensorFiles.Open(model))
        {
            float[] rows = CrossPT.Tensors.Files.TensorSourceExtensions.ReadSingles(weights, "shared.weight");
            // Two rows of the vocabulary itself, one three times as long and one turned round.
            float[] prompt =
            [
                .. rows[(500 * 16)..(501 * 16)].Select(static x => 3 * x),
                .. rows[(900 * 16)..(901 * 16)].Select(static x => -x),
            ];
            TinyModel.Save(
                new() { ["prompt"] = TinyModel.Stored.Of(prompt, 2, 16) },
                Path.Combine(_folder.FullName, "p.safetensors"));
        }
        CliRun run = CliRun.Of(
            "prompts", "show", Path.Combine(_folder.FullName, "p.safetensors"), "--model", model, "--threads", "1",
            "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        JsonElement nearest = run.Json.GetProperty("nearest");
        Assert.Equal((500, 5), (nearest[0][0].GetProperty("id").GetInt32(), nearest[0].GetArrayLength()));
        Assert.Equal(1, nearest[0][0].GetProperty("cosine").GetDouble(), 1e-5);
        Assert.NotEqual(900, nearest[1][0].GetProperty("id").GetInt32());
        Assert.Equal(32128, run.Json.GetProperty("vocabulary").GetProperty("rows").GetInt32());
        string piece = nearest[0][0].GetProperty("piece").GetString()!;
        CliRun text = CliRun.Of(
            "prompts", "show", Path.Combine(_folder.FullName, "p.safetensors"), "--model", model, "--threads", "1");
        Assert.Contains($"row 0      {piece} 1.000  ", text.Output);
        Assert.Contains("times as long", text.Output);
        CliRun.Of("prompts", "show", Save("narrow.safetensors", 2, 2), "--model", model)
            .AssertBadInput("2 wide, expected 16");
    }

    [Fact]
    public void Compare_GivesBothMatrices()
    {
        string a = Save("a.safetensors", 2, 2), b = Save("b.safetensors", 3, 2);
        JsonElement json = CliRun.Of("prompts", "compare", a, a, b, "--json").Json;
        Assert.Equal(1, json.GetProperty("flattened")[0][1].GetDouble(), 12);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("flattened")[0][2].ValueKind);
        // Means of the rows: [2, 3] and [3, 4].
        Assert.Equal(18 / Math.Sqrt(13 * 25), json.GetProperty("mean_pooled")[2][0].GetDouble(), 12);
        CliRun text = CliRun.Of("prompts", "compare", a, b);
        Assert.Contains(" 1  a          1.000       –\n", text.Output);
        Assert.Contains(" 1  a          1.000   0.998\n", text.Output);
    }

    [Fact]
    public void Compare_OfUnequalWidths_OrOfOne_IsBadInput()
    {
        string a = Save("a.safetensors", 2, 2), b = Save("b.safetensors", 2, 3);
        CliRun.Of("prompts", "compare", a, b)
            .AssertBadInput("b.safetensors: the prompt is 3 wide, expected 2 as", "a.safetensors");
        CliRun.Of("prompts", "compare", a).AssertBadInput("expected two or more");
        CliRun.Of("prompts", "compare").AssertBadInput("no FILE");
    }

    [Fact]
    public void Compare_OfARun_TakesAllItsPrompts()
    {
        Save("run/prompts.safetensors", ("target.rte", 2, 4), ("source.mnli", 2, 4));
        CliRun run = CliRun.Of("prompts", "compare", Path.Combine(_folder.FullName, "run"));
        Assert.Equal(0, run.Code);
        Assert.Contains(" 2  source.mnli", run.Output);
    }

    [Fact]
    public void Import_Export_AndBack_KeepTheBits()
    {
        string npy = Path.Combine(_folder.FullName, "p.npy");
        string imported = Path.Combine(_folder.FullName, "p.safetensors");
        string adapter = Path.Combine(_folder.FullName, "adapter");
        string first = Hash("export", Save("a.safetensors", 3, 2), "--format", "npy", "--out", npy);
        Assert.Equal(first, Hash("import", npy, "--out", imported));
        Assert.Equal(first, Hash("export", imported, "--format", "peft", "--out", adapter, "--model", "t5-base"));
        Assert.Equal(
            first,
            Hash(
                "export", adapter, "--format", "safetensors", "--out",
                Path.Combine(_folder.FullName, "again.safetensors")));
        Assert.Equal("t5-base", PromptFile.Load(Path.Combine(_folder.FullName, "again.safetensors")).BaseModel);

        static string Hash(params string[] args)
        {
            CliRun run = CliRun.Of(["prompts", .. args, "--json"]);
            Assert.True(run.Code == 0 && run.Error.Length == 0, run.Error);
            return run.Json.GetProperty("sha256").GetString()!;
        }
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")]
    public void Export_OfARun_TakesATaskAndItsModel(params string[] weights)
    {
        Save("run/prompts.safetensors", ("target.rte", 2, 4), ("target.mrpc", 3, 4));
        string repository = Path.Combine(_folder.FullName, "models--google--t5-tiny");
        string snapshot = Path.Combine(repository, "snapshots", new string('1', 40));
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        List<string> shards = [];
        foreach (string file in weights)
        {
            string blob = Save("blob.safetensors", (shards.Count == 0 ? "a" : "b", 2, 4));
            string shard = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(blob)));
            File.Move(blob, Path.Combine(repository, "blobs", shard));
            File.CreateSymbolicLink(Path.Combine(snapshot, file), $"../../blobs/{shard}");
            shards.Add(shard);
        }

        string hash = shards[0];
        if (shards.Count > 1)
        {
            string lines = string.Concat(shards.Zip(weights, static (shard, file) => $"{shard}  {file}\n"));
            hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
            Dictionary<string, string> map = new() { ["a"] = weights[0], ["b"] = weights[1] };
            File.WriteAllText(
                Path.Combine(snapshot, "model.safetensors.index.json"),
                JsonSerializer.Serialize(new { weight_map = map }));
        }

        Write(
            "run/config.json",
            JsonSerializer.Serialize(new { model = new { name = "t5-tiny", path = snapshot, sha256 = hash } }));
        string run = Path.Combine(_folder.FullName, "run"), adapter = Path.Combine(_folder.FullName, "adapter");
        CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter)
            .AssertBadInput("target.rte, target.mrpc");
        Assert.False(Directory.Exists(adapter));
        CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter, "--task", "qqp")
            .AssertBadInput("has no prompt 'qqp'");
        CliRun exported = CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter, "--task", "mrpc");
        Assert.Equal((0, ""), (exported.Code, exported.Error));
        Assert.Equal((3, "google/t5-tiny"), (PromptFile.Load(adapter).Length, PromptFile.Load(adapter).BaseModel));
        CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter, "--task", "mrpc")
            .AssertBadInput("exists already");
    }

    [Theory]
    [InlineData("attempt", "", "a mixer makes another prompt for each example")]
    [InlineData("dept", "", "an update of the model's embeddings")]
    [InlineData("pt", "prompt.position=after", "do not stand before the text")]
    [InlineData("full", "", "all weights of its model were trained")]
    public void Export_OfARunThatPeftCannotSay_IsBadInput(string method, string setting, string words)
    {
        string run = TinyRun.Train(_folder, method, setting.Length > 0 ? ["--set", setting] : []);
        string adapter = Path.Combine(_folder.FullName, "adapter");
        foreach (string task in (string[])["rte", "target.rte", "private.rte"])
            CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter, "--task", task)
                .AssertBadInput(words);
        CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter).AssertBadInput(words);
        Assert.False(Directory.Exists(adapter));
        if (method != "attempt") return;
        CliRun source = CliRun.Of(
            "prompts", "export", run, "--format", "peft", "--out", adapter, "--task", "source.other");
        Assert.Equal(0, source.Code);
        Assert.Contains("base_model_name_or_path is the path ", source.Error, StringComparison.Ordinal);
        Assert.Equal(TinyRun.PromptLength, PromptFile.Load(adapter).Length);
    }

    [Fact]
    public void Export_OfATrainedRun_IsAnAdapter()
    {
        string run = TinyRun.Train(_folder), adapter = Path.Combine(_folder.FullName, "adapter");
        CliRun exported = CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter, "--task", "rte");
        string model = Path.Combine(_folder.FullName, "model");
        Assert.Equal(0, exported.Code);
        Assert.Equal(
            $"{adapter}: base_model_name_or_path is the path {model}, for its weights are not known to be those of a "
                + $"model on the hub\n",
            exported.Error);
        Assert.Equal(
            (TinyRun.PromptLength, model), (PromptFile.Load(adapter).Length, PromptFile.Load(adapter).BaseModel));
    }

    // A name in a record or of a folder is no proof: the hub's cache must have the weights under the record's hash.
    [Theory]
    [InlineData("t5-small", null)]
    [InlineData("models--google-t5--t5-small/snapshots/1111111111111111111111111111111111111111", null)]
    [InlineData("models--google-t5--t5-small/snapshots/1111111111111111111111111111111111111111", "another")]
    public void Export_OfUnknownWeights_NamesTheirPath(string folder, string? blob)
    {
        string model = Directory.CreateDirectory(Path.Combine(_folder.FullName, folder)).FullName;
        if (blob is not null) File.CreateSymbolicLink(Path.Combine(model, "model.safetensors"), $"../../blobs/{blob}");
        Save("run/prompts.safetensors", ("target.rte", 2, 4));
        Write(
            "run/config.json",
            JsonSerializer.Serialize(new { model = new { name = "t5-small", path = model, sha256 = "00" } }));
        string run = Path.Combine(_folder.FullName, "run"), adapter = Path.Combine(_folder.FullName, "adapter");
        CliRun exported = CliRun.Of("prompts", "export", run, "--format", "peft", "--out", adapter);
        Assert.Equal(0, exported.Code);
        Assert.StartsWith(
            $"{adapter}: base_model_name_or_path is the path {model}, ", exported.Error, StringComparison.Ordinal);
        Assert.Equal(model, PromptFile.Load(adapter).BaseModel);
    }

    [Fact]
    public void List_LeavesCheckpointsAndModelsOut()
    {
        string run = Path.Combine(_folder.FullName, "run");
        string config = TinyRun.WriteConfiguration(_folder, "pt");
        CliRun trained = CliRun.Of(
            "train", config, "--set", "training.steps=4", "--set", "training.checkpointEvery=2", "--out", run,
            "--threads", "1", "--quiet");
        Assert.Equal(0, trained.Code);
        string checkpoint = Path.Combine(run, "checkpoint");
        Directory.CreateDirectory(checkpoint);
        new SafetensorsWriter(new Dictionary<string, string> { ["format"] = "crosspt-checkpoint-1" })
            .Add("a", DType.Float32, new Shape(1, 2), new byte[8]).Add("b", DType.Float32, new Shape(1, 2), new byte[8])
            .Save(Path.Combine(checkpoint, "state.safetensors"));
        CliRun sut = CliRun.Of("prompts", "list", _folder.FullName);
        Assert.Equal(0, sut.Code);
        Assert.DoesNotContain("state.safetensors", sut.Output, StringComparison.Ordinal);
        Assert.EndsWith(", 0 unreadable\n", sut.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_ChecksTheModelsWidth_AndSaysWhereNoneIsNamed()
    {
        string model = Path.Combine(_folder.FullName, "model");
        string adapter = Path.Combine(_folder.FullName, "adapter");
        string prompt = Save("a.safetensors", 3, 2);
        TinyModel.Write(Directory.CreateDirectory(model).FullName);
        foreach (string format in (string[])["peft", "safetensors", "npy"])
            CliRun.Of("prompts", "export", prompt, "--format", format, "--out", adapter, "--model", model)
                .AssertBadInput("2 wide, expected 16");
        CliRun run = CliRun.Of("prompts", "export", prompt, "--format", "peft", "--out", adapter);
        Assert.Equal(0, run.Code);
        Assert.Contains("--model gives the adapter's base_model_name_or_path", run.Error);
    }

    [Fact]
    public void Import_SaysWhatItLeavesOut()
    {
        Write("adapter/adapter_config.json", """
            { "peft_type": "PROMPT_TUNING", "num_virtual_tokens": 2, "task_type": "SEQ_2_SEQ_LM" }
            """);
        Save("adapter/adapter_model.safetensors", ("prompt_embeddings", 4, 2));
        CliRun run = CliRun.Of(
            "prompts", "import", Path.Combine(_folder.FullName, "adapter"), "--out",
            Path.Combine(_folder.FullName, "p.safetensors"));
        Assert.Equal(0, run.Code);
        Assert.Contains("rows 2 to 3 of 4, for a decoder, are left out", run.Error);
        Assert.Contains("[2, 2]", run.Output);
    }

    [Fact]
    public void Import_OfAnEncoder_TakesTheActivation()
    {
        Save(
            "e.safetensors", ("embedding.weight", 1, 1), ("mlp.0.weight", 1, 1), ("mlp.0.bias", 1, 0),
            ("mlp.2.weight", 1, 1), ("mlp.2.bias", 1, 0));
        string encoder = Path.Combine(_folder.FullName, "e.safetensors");
        string path = Path.Combine(_folder.FullName, "p.safetensors");
        // Every number is 1: GELU(1·1 + 1)·1 + 1 = 2·Φ(2) + 1.
        Assert.Equal(0, CliRun.Of("prompts", "import", encoder, "--out", path).Code);
        Assert.Equal(3, PromptFile.Load(path).Rows[0]);
        CliRun run = CliRun.Of("prompts", "import", encoder, "--out", path, "--activation", "gelu");
        Assert.Contains("evaluated with gelu", run.Error);
        Assert.Equal(2.9544997361036416, PromptFile.Load(path).Rows[0], 3e-7);
        CliRun.Of("prompts", "import", encoder, "--out", path, "--activation", "tanh")
            .AssertBadInput("'tanh'", "relu, gelu");
    }

    [Fact]
    public void BadInput_IsOneLine_AndWritesNothing()
    {
        string path = Path.Combine(_folder.FullName, "p.safetensors");
        string touched = Path.Combine(_folder.FullName, "touched");
        byte[] evil = ZipBytes.Torch(
            new PickleBytes().Global("posix", "system").Text($"touch '{touched}'").Raw(0x85).Op("R").Stop());
        Import(_folder.Write("evil.pt", evil), "posix.system", "nothing was run");
        Assert.False(File.Exists(touched));
        Import(_folder.Write("empty.pt", ""), "empty.pt: is empty");
        Import(Path.Combine(_folder.FullName, "none.pt"), "none.pt");
        Import(_folder.FullName, "adapter_config.json and prompts.safetensors");
        Write("lora/adapter_config.json", """{ "peft_type": "LORA" }""");
        Import(Path.Combine(_folder.FullName, "lora"), "LORA");
        TinyModel.Save(
            new() { ["prompt"] = TinyModel.Stored.Of([1, 2, float.NaN, 4], 2, 2) },
            Path.Combine(_folder.FullName, "nan.safetensors"));
        Import(Path.Combine(_folder.FullName, "nan.safetensors"), "NaN in row 1, column 0");
        CliRun.Of("prompts", "import", Save("a.safetensors", 2, 2), "--out", Path.Combine(_folder.FullName, "p.pt"))
            .AssertBadInput("--out", "ends in .safetensors");
        CliRun.Of("prompts", "export", Save("a.safetensors", 2, 2), "--format", "npz", "--out", path)
            .AssertBadInput("--format", "peft, safetensors, npy");
        CliRun.Of(
            "prompts", "import", Save("a.safetensors", 2, 2), "--out",
            Path.Combine(_folder.FullName, "none", "p.safetensors")).AssertBadInput("does not exist");
        CliRun.Of("prompts", "frobnicate")
            .AssertBadInput("unknown command 'prompts frobnicate'", "crosspt prompts --help");
        CliRun.Of("prompts", "exprot").AssertBadInput("prompts exprot", "nearest one is prompts export");

        void Import(string file, params string[] words)
        {
            CliRun.Of("prompts", "import", file, "--out", path).AssertBadInput(words);
            Assert.False(File.Exists(path));
        }
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, name))!);
        _folder.Write(name, text);
    }

    private string WriteModel()
    {
        string model = Directory.CreateDirectory(Path.Combine(_folder.FullName, "model")).FullName;
        TinyModel.Write(model, vocabulary: 32128);
        File.Copy(SharedFolder.Path("t5", "spiece.model"), Path.Combine(model, "spiece.model"));
        return model;
    }

    private string Save(string name, int length, int width) => Save(name, ("prompt", length, width));

    /// <summary>Matrices of 1, 2, 3… ; a width of 0 makes a vector.</summary>
    private string Save(string name, params (string Name, int Length, int Width)[] tensors)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        TinyModel.Save(tensors.ToDictionary(static tensor => tensor.Name, static tensor => TinyModel.Stored.Of(
            [.. Enumerable.Range(1, tensor.Length * Math.Max(1, tensor.Width)).Select(static x => (float)x)],
            tensor.Width == 0 ? [tensor.Length] : [tensor.Length, tensor.Width])), path);
        return path;
    }
}
