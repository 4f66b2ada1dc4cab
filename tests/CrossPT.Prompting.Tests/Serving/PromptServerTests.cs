using CrossPT.Autograd;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Serving;

public sealed class PromptServerTests(ServedRuns runs) : IClassFixture<ServedRuns>
{
    private const double Tolerance = 1e-6;

    [Fact]
    public async Task MixedTasks_OfEveryMethod_AreAnsweredAsEachRunAloneDoes()
    {
        await using PromptServer sut = runs.Start(null, ServedRuns.All);
        Assert.Equal(8, sut.Tasks.Count);
        // All at once, requests of 1 to 5 rows in turn.
        List<Task> requests = [];
        for (int first = 0, size = 1; first < ServedRuns.RowCount; first += size, size = (size % 5) + 1)
        {
            int[] rows = [.. Enumerable.Range(first, Math.Min(size, ServedRuns.RowCount - first))];
            requests.AddRange(sut.Tasks.Values.Select(task => Task.Run(() => SameAsAlone(sut, task, rows))));
        }
        await Task.WhenAll(requests);
    }

    [Fact]
    public async Task Names_ThatSeveralRunsHave_ArePrefixed()
    {
        await using PromptServer sut = runs.Start(null, "routed");
        Assert.Equal(["mrpc", "rte"], sut.Tasks.Keys.Order());
        await sut.AddRunsAsync([runs.PathOf("dept")]);
        Assert.Equal(["dept:mrpc", "dept:rte", "mrpc", "rte"], sut.Tasks.Keys.Order());
        Assert.Equal(1, sut.Tasks["rte"].Router.Sum(static one => one.Weight), 6);
        Assert.Equal(["s0", "s1"], sut.Tasks["rte"].Router.Select(static one => one.Source).Take(2));
        Assert.Empty(sut.Tasks["dept:rte"].Router);
    }

    [Fact]
    public async Task RouterThatReadsTheText_IsToldWithEachAnswer()
    {
        await using PromptServer sut = runs.Start(null, "attempt", "routed");
        Assert.Empty(sut.Tasks["attempt:rte"].Router);
        Row[] rows = [.. Enumerable.Range(0, 5).Select(ServedRuns.Row)];
        Prediction[] together = await sut.PredictAsync("attempt:rte", rows);
        for (int i = 0; i < rows.Length; i++)
        {
            IReadOnlyList<(string Source, double Weight)> router = together[i].Router;
            Assert.Equal(["s0", "s1", "private"], router.Select(static one => one.Source));
            Assert.Equal(1, router.Sum(static one => one.Weight), 5);
            IReadOnlyList<(string Source, double Weight)> alone =
                (await sut.PredictAsync("attempt:rte", [rows[i]]))[0].Router;
            for (int column = 0; column < router.Count; column++)
                Assert.Equal(alone[column].Weight, router[column].Weight, 6);
        }
        Assert.NotEqual(together[0].Router[0].Weight, together[1].Router[0].Weight);
        Assert.Empty((await sut.PredictAsync("routed:rte", [rows[0]]))[0].Router);
    }

    [Fact]
    public async Task Adapter_WithADeclaration_IsServed()
    {
        string folder = Path.GetDirectoryName(runs.Write("adapter/task.json", """
            { "name": "own", "fields": ["sentence1", "sentence2"], "labels": { "0": "yes", "1": "no" } }
            """))!;
        runs.Write("adapter/adapter_config.json", """
            { "peft_type": "PROMPT_TUNING", "task_type": "SEQ_2_SEQ_LM", "base_model_name_or_path": "org/model",
              "num_virtual_tokens": 6, "token_dim": 16, "num_transformer_submodules": 1 }
            """);
        float[] rows = TinyModel.Gaussians(6 * 16, 1, 77);
        new SafetensorsWriter().Add("prompt_embeddings", DType.Float32, new Shape(6, 16), Bytes(rows))
            .Save(Path.Combine(folder, "adapter_model.safetensors"));
        await using PromptServer sut = runs.Start();
        (string _, Exception? error) = (await sut.AddRunsAsync([folder]))[0];
        Assert.Null(error);
        Prediction[] predictions = await sut.PredictAsync("own", [ServedRuns.Row(3), ServedRuns.Row(4)]);
        using CpuBackend backend = new(1);
        using T5Model model = T5Model.Load(runs.Model, backend);
        TaskDeclaration task = TaskDeclaration.Load(Path.Combine(folder, "task.json"));
        TaskCodec codec = new(task, SentencePieceTokenizer.Load(runs.Model), model.Config, 256);
        using TargetPrompts prompts = new(["own"], TensorData.FromSingles(backend, rows, 6, 16));
        EncodedExample[] examples =
        [
            .. ((int[])[3, 4]).Select(
                row => new EncodedExample(codec.Encode(task.Format(ServedRuns.Row(row).Fields)), [])),
        ];
        double[][] scores = LabelRanking.LogLikelihoods(model, prompts, 0, examples, codec.LabelIds, 2);
        for (int i = 0; i < 2; i++) Near(Prediction.Of(task, null, scores[i]), predictions[i]);
    }

    [Fact]
    public async Task FoldersThatCannotBeServed_AreRefused_AndTheOthersServe()
    {
        string broken = Path.GetDirectoryName(runs.Write("broken/config.json", "{"))!;
        string other = Path.Combine(Path.GetDirectoryName(broken)!, "runs/other");
        CopyFolder(runs.PathOf("after"), other);
        string config = Path.Combine(other, "config.json");
        string sha = RunRecord.Load(config).Model.Sha256;
        File.WriteAllText(config, File.ReadAllText(config).Replace(sha, new string('0', 64), StringComparison.Ordinal));
        string cut = Path.Combine(Path.GetDirectoryName(broken)!, "runs/cut");
        CopyFolder(runs.PathOf("after"), cut);
        string prompts = Path.Combine(cut, "prompts.safetensors");
        File.WriteAllBytes(prompts, File.ReadAllBytes(prompts)[..^40]);
        await using PromptServer sut = runs.Start();
        var results = await sut.AddRunsAsync([broken, other, cut, runs.PathOf("none"), runs.PathOf("after")]);
        Assert.Contains("config.json", results[0].Error!.Message, StringComparison.Ordinal);
        Assert.Contains(
            "was trained with the model 'model', SHA-256 000", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("prompts.safetensors", results[2].Error!.Message, StringComparison.Ordinal);
        Assert.NotNull(results[3].Error);
        Assert.Null(results[4].Error);
        Assert.Equal(["mrpc", "rte"], sut.Tasks.Keys.Order());
        await SameAsAlone(sut, sut.Tasks["rte"], [0, 1]);
        Assert.Contains("no task 'qqp', only rte, mrpc", (await Assert.ThrowsAsync<ConfigurationException>(
            () => sut.PutTaskAsync("qqp", runs.PathOf("after")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generation_SequencesJoinAndLeave_EachWritesWhatItWritesAlone()
    {
        string[] texts = [.. Enumerable.Range(0, 24).Select(i => $"{(char)('a' + i)} {new string('x', i)} dog")];
        string?[] tasks = [null, "routed:rte", "attempt:mrpc", "dept:rte", "after:mrpc"];
        await using PromptServer sut = runs.Start(new PromptServerOptions { MaxBatch = 7 }, ServedRuns.All);
        List<string> alone = [];
        for (int i = 0; i < texts.Length; i++)
            alone.AddRange(await sut.GenerateAsync([texts[i]], tasks[i % tasks.Length], 1 + i));
        Assert.True(alone.Distinct().Count() > 5, string.Join('|', alone));
        string[][] together = await Task.WhenAll(texts.Select((text, i) =>
            Task.Run(() => sut.GenerateAsync([text], tasks[i % tasks.Length], 1 + i))));
        Assert.Equal(alone, together.SelectMany(static one => one));
        // More than there are places, in one request, while rows are predicted.
        Task<string[]> many = sut.GenerateAsync(texts, null, 9);
        await SameAsAlone(sut, sut.Tasks["dept:mrpc"], [5, 6]);
        for (int i = 0; i < texts.Length; i += 5)
            Assert.Equal((await sut.GenerateAsync([texts[i]], null, 9))[0], (await many)[i]);
        Assert.Empty(await sut.GenerateAsync([]));
    }

    [Fact]
    public async Task LongRequest_DoesNotHoldUpAShortOne()
    {
        await using PromptServer sut = runs.Start(new PromptServerOptions { MaxBatch = 4 }, "routed");
        using ManualResetEventSlim hold = new();
        Task held = sut.OnWorker(() => hold.Wait(TimeSpan.FromMinutes(1)));
        Row[] rows = [.. Enumerable.Range(0, 2000).Select(static i => ServedRuns.Row(i % ServedRuns.RowCount))];
        Task<Prediction[]> longOne = sut.PredictAsync("rte", rows);
        Task<Prediction[]> shortOne = sut.PredictAsync("mrpc", [ServedRuns.Row(1)]);
        Task<string[]> shortText = sut.GenerateAsync(["a dog"], null, 2);
        hold.Set();
        await held;
        await shortOne;
        await shortText;
        Assert.False(longOne.IsCompleted, "2,000 rows were answered before one");
        Assert.Equal(2000, (await longOne).Length);
    }

    [Fact]
    public async Task FullQueue_Refuses_AndCancellationMakesRoom()
    {
        await using PromptServer sut = runs.Start(new PromptServerOptions { MaxQueue = 10 }, "routed");
        using ManualResetEventSlim hold = new();
        Task held = sut.OnWorker(() => hold.Wait(TimeSpan.FromMinutes(1)));
        using CancellationTokenSource leaving = new();
        Row[] rows = [.. Enumerable.Range(0, 8).Select(ServedRuns.Row)];
        Task<Prediction[]> gone = sut.PredictAsync("rte", rows, leaving.Token);
        Task<Prediction[]> kept = sut.PredictAsync("mrpc", rows[..2]);
        Assert.Equal(10, sut.QueueLength);
        ServingException full = await Assert.ThrowsAsync<ServingException>(() => sut.PredictAsync("mrpc", rows[..1]));
        Assert.Equal(ServingProblem.QueueFull, full.Problem);
        Assert.InRange(full.RetryAfter.TotalSeconds, 1, 60);
        ServingException large = await Assert.ThrowsAsync<ServingException>(
            () => sut.PredictAsync("mrpc", [.. rows, .. rows]));
        Assert.Equal(ServingProblem.TooLarge, large.Problem);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.Equal(2, sut.QueueLength);
        Task<Prediction[]> next = sut.PredictAsync("rte", rows);
        hold.Set();
        await held;
        Assert.Equal(2, (await kept).Length);
        Near(runs.Expected("routed", "rte", 7), (await next)[7]);
    }

    [Fact]
    public async Task CancelledGeneration_GivesItsPlacesBack()
    {
        await using PromptServer sut = runs.Start(
            new PromptServerOptions { MaxBatch = 2, MaxNewTokens = 1 << 20 }, "routed");
        using CancellationTokenSource leaving = new();
        Task<string[]> endless = sut.GenerateAsync(["a", "b", "c"], null, 1 << 20, leaving.Token);
        string first = (await sut.GenerateAsync(["a dog"], null, 3))[0];
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
        string[] after = await sut.GenerateAsync(["a dog", "a dog", "a dog", "a dog"], null, 3);
        Assert.All(after, text => Assert.Equal(first, text));
        Assert.Equal(0, sut.QueueLength);
    }

    [Fact]
    public async Task TasksComeAndGoUnderLoad_EveryAnswerIsOfOneOfThem()
    {
        await using PromptServer sut = runs.Start(null, "routed", "attempt");
        (string Run, string Task)[] versions = [("after", "rte"), ("dept", "rte")];
        await sut.PutTaskAsync("changing", runs.PathOf("after"), "rte");
        using CancellationTokenSource over = new();
        int answers = 0;
        Task[] clients = [.. Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int i = client; !over.IsCancellationRequested; i = (i + 1) % ServedRuns.RowCount)
            {
                Prediction answer = (await sut.PredictAsync("changing", [ServedRuns.Row(i)]))[0];
                Assert.Contains(versions, version => IsNear(runs.Expected(version.Run, version.Task, i), answer));
                await SameAsAlone(sut, sut.Tasks["attempt:mrpc"], [i]);
                Interlocked.Increment(ref answers);
            }
        }))];
        for (int i = 0; i < 30; i++)
        {
            bool replaced = (await sut.PutTaskAsync("changing", runs.PathOf(versions[i % 2].Run), "rte")).IsReplaced;
            Assert.True(replaced);
            await sut.PutTaskAsync($"other{i}", runs.PathOf("routed"), "mrpc");
            if (i > 3) Assert.True(sut.Remove($"other{i - 3}"));
        }
        await over.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(answers > 20, $"{answers} answers");
        Assert.True(sut.Remove("changing"));
        Assert.False(sut.Remove("changing"));
        ServingException unknown = await Assert.ThrowsAsync<ServingException>(
            () => sut.PredictAsync("changing", [ServedRuns.Row(0)]));
        Assert.Equal(ServingProblem.UnknownTask, unknown.Problem);
    }

    [Fact]
    public async Task Dispose_AnswersWhatWasTaken_AndTakesNothingMore()
    {
        PromptServer sut = runs.Start(null, "routed");
        Task<Prediction[]>[] taken =
            [.. Enumerable.Range(0, 50).Select(i => sut.PredictAsync("rte", [ServedRuns.Row(i % 40)]))];
        Task<string[]> text = sut.GenerateAsync(["a dog"], "mrpc", 20);
        await sut.DisposeAsync();
        // Answered; what their callers await may still be on its way to them.
        TimeSpan patience = TimeSpan.FromSeconds(30);
        Assert.All(await Task.WhenAll(taken).WaitAsync(patience), static answer => Assert.Single(answer));
        Assert.Single(await text.WaitAsync(patience));
        ServingException closed = await Assert.ThrowsAsync<ServingException>(
            () => sut.GenerateAsync(["a"]));
        Assert.Equal(ServingProblem.Draining, closed.Problem);
        await sut.DisposeAsync();
    }

    [Fact]
    public async Task Drain_PastItsDeadline_FailsWhatIsLeft()
    {
        await using PromptServer sut = runs.Start(new PromptServerOptions { MaxNewTokens = 1 << 20 }, "routed");
        Task<string[]> endless = sut.GenerateAsync(["a", "b", "c"], null, 1 << 20);
        using CancellationTokenSource deadline = new(TimeSpan.FromMilliseconds(50));
        await sut.DrainAsync(deadline.Token);
        if (endless.IsCompletedSuccessfully) return;
        Assert.Equal(
            ServingProblem.Draining, (await Assert.ThrowsAsync<ServingException>(() => endless)).Problem);
    }

    [Fact]
    public async Task BatchThatFails_FailsItsRequests_AndTheServerGoesOn()
    {
        using LimitedBackend backend = new();
        await using PromptServer sut = PromptServer.Load(runs.Model, backend);
        await sut.AddRunsAsync([runs.PathOf("routed")]);
        await sut.PredictAsync("rte", [ServedRuns.Row(0)]);
        string before = (await sut.GenerateAsync(["a dog"], null, 4))[0];
        backend.Limit = backend.Used + 64;
        await Assert.ThrowsAsync<OutOfMemoryException>(() => sut.PredictAsync("rte", [ServedRuns.Row(0)]));
        await Assert.ThrowsAsync<OutOfMemoryException>(() => sut.GenerateAsync(["a dog"], null, 4));
        backend.Limit = long.MaxValue;
        Near(runs.Expected("routed", "rte", 2), (await sut.PredictAsync("rte", [ServedRuns.Row(2)]))[0]);
        Assert.Equal(before, (await sut.GenerateAsync(["a dog"], null, 4))[0]);
    }

    [Fact]
    public async Task WrongRows_AreRefused()
    {
        await using PromptServer sut = runs.Start(null, "routed");
        Row bare = new(new Dictionary<string, string>());
        Assert.Contains("\"sentence1\"", (await Assert.ThrowsAsync<ArgumentException>(
            () => sut.PredictAsync("rte", [bare]))).Message, StringComparison.Ordinal);
        Row offering = ServedRuns.Row(0) with { Candidates = ["a"] };
        Assert.Contains("row 0 has 1 candidates", (await Assert.ThrowsAsync<ArgumentException>(
            () => sut.PredictAsync("rte", [offering]))).Message, StringComparison.Ordinal);
        Assert.Equal(ServingProblem.TooLarge, (await Assert.ThrowsAsync<ServingException>(
            () => sut.GenerateAsync(["a"], null, 513))).Problem);
        Assert.Equal(ServingProblem.TooLarge, (await Assert.ThrowsAsync<ServingException>(
            () => sut.GenerateAsync([new string('a', 5000)]))).Problem);
        Assert.Empty(await sut.PredictAsync("rte", []));
    }

    [Fact]
    public async Task Loading_TakesTheModelFromTheFirstRun()
    {
        await using PromptServer sut = await PromptServer.LoadAsync([runs.PathOf("after"), runs.PathOf("dept")]);
        Assert.Equal(4, sut.Tasks.Count);
        await Assert.ThrowsAnyAsync<Exception>(() => PromptServer.LoadAsync([runs.PathOf("none")]));
    }

    private static byte[] Bytes(float[] values) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static bool IsNear(Prediction expected, Prediction actual) =>
        expected.Scores.Zip(actual.Scores).All(static pair =>
            pair.First.Word == pair.Second.Word
            && Math.Abs(pair.First.Probability - pair.Second.Probability) <= Tolerance);

    private static void Near(Prediction expected, Prediction actual)
    {
        Assert.Equal(expected.Label, actual.Label);
        Assert.True(IsNear(expected, actual), $"{expected.Probability:R} ≠ {actual.Probability:R}");
    }

    private async Task SameAsAlone(PromptServer sut, ServedTask task, int[] rows)
    {
        Prediction[] answers = await sut.PredictAsync(task.Name, [.. rows.Select(ServedRuns.Row)]);
        for (int i = 0; i < rows.Length; i++) Near(runs.Expected(task.Run, task.Declaration.Name, rows[i]), answers[i]);
    }
}
