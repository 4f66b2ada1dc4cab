using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Evaluation;

public sealed class TaskEvaluationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new(1);
    private readonly T5Model _model;
    private readonly SentencePieceTokenizer _tokenizer;

    public TaskEvaluationTests()
    {
        _model = T5Model.Random(TinyModel.Config, _backend, seed: 5);
        _tokenizer = SentencePieceTokenizer.Load(_folder.Write("tokenizer.json", TinyModel.TokenizerJson));
    }

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Scores_AreRankedOverTheWords_OrReadFromText()
    {
        TaskDeclaration task = BuiltInTasks.Find("stsb")!;
        Example[] rows =
        [
            .. Enumerable.Range(0, 6)
                .Select(i => new Example($"a{i}", task.Scale!.PlaceOf(i)) { Score = i - 0.05 }),
        ];
        TaskEvaluation ranked = Run(task, rows, EvaluationMethod.Ranked);
        Assert.Equal(26, ranked.Scores[0].Length);
        Assert.Equal(
            ranked.Predicted.Select(place => place * 0.2), ranked.Outcome.PredictedScores!,
            static (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal(rows.Select(static row => row.Score!.Value), ranked.Outcome.ActualScores!);
        // A random model writes no numbers.
        TaskEvaluation greedy = Run(task, rows, EvaluationMethod.Greedy);
        Assert.Equal(greedy.Texts.Select(static text => TaskScale.Parse(text) ?? -1), greedy.Outcome.PredictedScores!);
        Assert.Equal(greedy.Outcome.PredictedScores!.Count(static one => one == -1), greedy.Outcome.Invalid);
        Assert.Empty(greedy.Scores);
    }

    [Fact]
    public void ExamplesEncodedAhead_AreTheSameInOrder_AndABadOneSpoilsItsPartAlone()
    {
        TaskCodec codec = new(BuiltInTasks.Find("rte")!, _tokenizer, TinyModel.Config, 64);
        Example[] examples = [.. Enumerable.Range(0, 200).Select(static i => new Example($"a{i}", i % 2))];
        examples[150] = new Example("a150", 7);
        EncodedAhead ahead = new(codec, examples);
        Assert.Equal(200, ahead.Count);
        foreach ((Example example, EncodedExample encoded) in examples.Zip(ahead.Take(128)))
        {
            EncodedExample expected = codec.Encode(example);
            Assert.Equal(expected.Source, encoded.Source);
            Assert.Equal(expected.Target, encoded.Target);
            Assert.Same(example, encoded.Example);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => ahead[140]);
        Assert.Equal(codec.Encode(examples[199]).Source, ahead[199].Source);
    }

    [Fact]
    public void ExamplesEncodedAhead_AreNotWaitedForUntilTheyAreRead()
    {
        using ManualResetEventSlim gate = new(initialState: true);
        TaskCodec codec = new(
            BuiltInTasks.Find("rte")!, new GatedTokenizer(_tokenizer, gate), TinyModel.Config, 64);
        Example[] examples = [.. Enumerable.Range(0, 100).Select(static i => new Example($"a{i}", i % 2))];
        gate.Reset();
        EncodedAhead ahead = new(codec, examples);
        gate.Set();
        Assert.Equal(codec.Encode(examples[99]).Source, ahead[99].Source);
    }

    [Theory]
    [InlineData("3.8", 3.8, 19)]
    [InlineData("3.85", 3.85, -1)]
    [InlineData("1e1", 10, -1)]
    [InlineData("good", -1, -1)]
    [InlineData("NaN", -1, -1)]
    [InlineData("", -1, -1)]
    public void WrittenScore_IsANumberOrMinusOne(string text, double score, int place)
    {
        TaskOutcome outcome = Outcomes.OfTexts(BuiltInTasks.Find("stsb")!, [new EncodedExample([1], [], 0)], [text]);
        Assert.Equal((score, place), (outcome.PredictedScores![0], outcome.Predicted[0]));
    }

    [Theory]
    [InlineData("entailment", 0)]
    [InlineData("not_entailment", 1)]
    [InlineData("Entailment", -1)]
    [InlineData("entailment.", -1)]
    [InlineData("entail", -1)]
    public void WrittenLabel_MustBeItsWord(string text, int place) =>
        Assert.Equal(
            place, Outcomes.OfTexts(BuiltInTasks.Find("rte")!, [new EncodedExample([1], [], 0)], [text]).Predicted[0]);

    [Fact]
    public void Candidates_AreEachExamplesOwn()
    {
        TaskDeclaration task = BuiltInTasks.Find("record")!;
        string[][] candidates =
        [
            ["ann", "bo", "a very long one"], ["cy", "dee"], ["x"], ["ann", "cy", "bo", "dee", "x"], ["bo", "ann"],
        ];
        Example[] rows =
        [
            .. candidates.Select(
                static (own, i) => new Example($"who {i}", 0) { Candidates = own, Answers = [own[0]] }),
        ];
        TaskEvaluation ranked = Run(task, rows, EvaluationMethod.Ranked);
        Assert.Equal(candidates.Select(static own => own.Length), ranked.Scores.Select(static scores => scores.Length));
        Assert.Equal(candidates.Zip(ranked.Predicted, static (own, place) => own[place]), ranked.Outcome.Texts!);
        // Batches do not matter, and each is what ranking the same words as labels gives.
        Assert.True(Near(ranked, Run(task, rows, EvaluationMethod.Ranked, batch: 2)));
        TaskDeclaration labels = TaskDeclaration.Read(
            ConfigReader.Read("""{ "name": "t", "fields": ["a"], "labels": { "0": "cy", "1": "dee" } }"""u8, "t", ""));
        Assert.Equal(
            ranked.Scores[1], Run(labels, [new Example("who 1", 0)], EvaluationMethod.Ranked).Scores[0],
            static (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([TaskMetric.TokenF1, TaskMetric.ExactMatch], ranked.Metrics.Select(static one => one.Metric));
        Assert.Equal(5, Run(task, rows, EvaluationMethod.Greedy).Texts.Count);

        static bool Near(TaskEvaluation one, TaskEvaluation other) =>
            one.Scores.Zip(other.Scores)
                .All(
                    static pair => pair.First.Zip(pair.Second)
                        .All(static two => Math.Abs(two.First - two.Second) < 1e-4));
    }

    [Fact]
    public void Candidates_AreTrainedOn()
    {
        TaskDeclaration task = BuiltInTasks.Find("record")!;
        TaskCodec codec = new(task, _tokenizer, TinyModel.Config, 32);
        EncodedExample example = codec.Encode(
            new Example("who", 1) { Candidates = ["ann", "bo"], Answers = ["bo"] });
        Assert.Equal(_tokenizer.Encode("bo", EncodeOptions.EndOfSequence), example.Target);
        using PromptMethod prompts = Prompts(task);
        using Trainer trainer = new(
            _model, prompts, [new TrainingTask(codec.Task.Name, [example])],
            new TrainingSettings { Steps = 12, Batch = 2, Warmup = 0 }, seed: 1);
        double first = trainer.Step().Loss, last = first;
        while (!trainer.IsDone) last = trainer.Step().Loss;
        Assert.True(last < first, $"{first} to {last}");
    }

    [Fact]
    public void Greedy_WritesWhatTheModelGenerates_TheSameEveryTime()
    {
        TaskDeclaration task = BuiltInTasks.Find("rte")!;
        Example[] rows = [.. Enumerable.Range(0, 7).Select(static i => new Example($"sentence {i}", i % 2))];
        TaskEvaluation one = Run(task, rows, EvaluationMethod.Greedy), other = Run(task, rows, EvaluationMethod.Greedy);
        Assert.True(one.EqualsBitwise(other));
        Assert.False(one.EqualsBitwise(Run(task, rows, EvaluationMethod.Ranked)));
        Assert.Equal(
            one.Texts.Select(text => text switch { "entailment" => 0, "not_entailment" => 1, _ => -1 }), one.Predicted);
    }

    [Fact]
    public void AnotherPrefix_ChangesTheScores()
    {
        TaskDeclaration task = BuiltInTasks.Find("rte")!;
        TaskCodec codec = new(task, _tokenizer, TinyModel.Config, 32);
        Example[] rows = [new Example("a", 0), new Example("b", 1)];
        using PromptMethod prompts = Prompts(task);
        using TargetPrompts targets = TargetPrompts.Collapse(prompts, _backend);
        TaskCodec other = codec.WithPrefix(new TaskPrefix(TaskPrefixKind.Name) { Task = "mnli" }.TextFor(task));
        TaskEvaluation plain = Evaluate(codec), prefixed = Evaluate(other);
        Assert.False(plain.EqualsBitwise(prefixed));
        Assert.True(prefixed.EqualsBitwise(Evaluate(codec.WithPrefix("mnli: "))));
        Assert.True(plain.EqualsBitwise(Evaluate(other.WithPrefix(""))));

        TaskEvaluation Evaluate(TaskCodec with) =>
            TaskEvaluation.Run(_model, targets, with, [.. rows.Select(with.Encode)], 2);
    }

    private TaskEvaluation Run(TaskDeclaration task, Example[] rows, EvaluationMethod method, int batch = 4)
    {
        TaskCodec codec = new(task, _tokenizer, TinyModel.Config, 32);
        using PromptMethod prompts = Prompts(task);
        using TargetPrompts targets = TargetPrompts.Collapse(prompts, _backend);
        return TaskEvaluation.Run(_model, targets, codec, [.. rows.Select(codec.Encode)], batch, method);
    }

    private PromptMethod Prompts(TaskDeclaration task) => PromptMethod.Create(new PromptPlan
    {
        Model = _model,
        Tasks = [task.Name],
        Sources = [TinyModel.Source("s", 3, 1, 7)],
    });

    /// <summary>Encodes while a gate is open, and waits ten seconds for it at most.</summary>
    private sealed class GatedTokenizer(ITokenizer inner, ManualResetEventSlim gate) : ITokenizer
    {
        public int VocabularySize => inner.VocabularySize;

        public int PadId => inner.PadId;

        public int EndOfSequenceId => inner.EndOfSequenceId;

        public int UnknownId => inner.UnknownId;

        public int[] Encode(string text, EncodeOptions options = EncodeOptions.None)
        {
            Wait();
            return inner.Encode(text, options);
        }

        public int[] Encode(string text, IReadOnlyList<Range> literals)
        {
            Wait();
            return inner.Encode(text, literals);
        }

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => inner.Decode(ids, skipSpecial);

        public string IdToPiece(int id) => inner.IdToPiece(id);

        public int PieceToId(string piece) => inner.PieceToId(piece);

        private void Wait() => Assert.True(gate.Wait(TimeSpan.FromSeconds(10)), "encoded where the list was made");
    }
}
