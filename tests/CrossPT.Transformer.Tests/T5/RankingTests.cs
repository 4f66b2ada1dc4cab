using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Ranking in one pass against the loss of every label by itself.</summary>
public sealed class RankingTests : IDisposable
{
    private readonly CpuBackend _backend = new(2);
    private readonly TensorScope _scope = new();

    // Lengths add up to less and to more than D, so that cross-attention takes both its ways; 300 sources are more than
    // one chunk.
    [Theory]
    [InlineData(false, 3, new[] { 1 })]
    [InlineData(false, 5, new[] { 2, 3, 1 })]
    [InlineData(true, 3, new[] { 4, 1, 9, 2, 2, 5 })]
    [InlineData(true, 2, new[] { 30, 41, 3 })]
    [InlineData(false, 300, new[] { 2, 4 })]
    public void Rank_LabelsOfDifferentLengths_AreTheLossesOfEach(bool gated, int sourceCount, int[] labelLengths)
    {
        using T5Model model = T5Model.Random(TinyModels.Wide(gated), _backend, seed: 31);
        SameAsLosses(model, sourceCount, labelLengths);
    }

    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Rank_TinyFixture_AreTheLossesOfEach(string fixture)
    {
        using T5Model model = T5Model.Load(Fixture.PathOf(fixture), _backend);
        SameAsLosses(model, 7, [2, 3, 3, 1, 12]);
    }

    [Fact]
    public void Rank_WeightsKeptInSixteenBits_AreTheBitsOfFloat32()
    {
        string folder = Fixture.PathOf("tiny_v10_fp16");
        Assert.Equal(DType.Float16, T5Model.StoredType(folder));
        Assert.Equal(DType.Float32, T5Model.StoredType(Fixture.PathOf("tiny_v10")));
        Assert.Equal(DType.Float32, T5Model.StoredType(Fixture.PathOf("nothing")));
        using CpuBackend half = new(2, weights: DType.Float16);
        using T5Model narrow = T5Model.Load(folder, half), wide = T5Model.Load(folder, _backend);
        (int[][] sources, int[][] labels) = Batch(wide.Config, 300, [3, 1, 2]);
        Assert.Equal(Rank(wide, sources, labels), Rank(narrow, sources, labels));
    }

    [Fact]
    public void Rank_LabelsOfEachSource_AreThoseOfTheSourceAlone()
    {
        using T5Model model = T5Model.Random(TinyModels.Wide(true), _backend, seed: 31);
        (int[][] sources, int[][] labels) = Batch(model.Config, 300, [3, 1, 2, 5, 4, 2]);
        IReadOnlyList<int[]>[] own =
            [.. sources.Select((_, i) => (IReadOnlyList<int[]>)labels.Take(1 + (i % labels.Length)).ToArray())];
        using Tape tape = new(_backend, recording: false);
        Tensor states = TinyModels.States(model, tape, sources).Value;
        double[][] scores = model.Rank(states, TinyModels.OffsetsOf(sources), own);
        foreach (int i in (int[])[0, 1, 5, 150, 298, 299])
            Numbers.Near(Rank(model, [sources[i]], [.. own[i]])[0], scores[i], 1e-5, $"source {i}");
        Assert.Throws<ArgumentException>(() => model.Rank(states, TinyModels.OffsetsOf(sources), own[..7]));
    }

    [Fact]
    public void SharedPrefixes_LabelsWithCommonBeginnings_HaveARowForEachBeginning()
    {
        T5Config config = TinyModels.Wide(false);
        TargetBatch batch = TargetBatch.Create(config, [[5, 6, 1], [5, 7, 1], [5, 6, 8, 1], [9, 1], [5, 1]], [3, 2]);
        SharedPrefixes prefixes = SharedPrefixes.Of(batch, _backend);
        Assert.Equal([0, 5, 6, 7, 8, 0, 9, 5], prefixes.Ids);
        Assert.Equal([0, 5, 8], prefixes.PerSource.Starts.ToArray());
        Assert.Equal([0, 1, 2, 0, 1, 3, 0, 1, 2, 4, 5, 6, 5, 7], prefixes.Rows.ToInt32());
        Assert.Equal([0, 1, 2, 5, 9, 10, 11, 13], prefixes.Positions.ToInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rank_LabelsWithCommonBeginnings_AreTheBitsOfEachLabelInFull(bool gated)
    {
        int[][] labels = [[5, 6, 1], [5, 7, 1], [5, 6, 8, 1], [9, 1], [5, 1]];
        T5Config config = TinyModels.Wide(gated);
        (int[][] sources, _) = Batch(config, 40, []);
        double[][][] scores = Array.ConvertAll((int[])[1, 2, 3], threads =>
        {
            using CpuBackend backend = new(threads);
            using T5Model model = T5Model.Random(config, backend, seed: 31);
            return Rank(model, sources, labels);
        });
        Assert.Equal(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);

        using T5Model whole = T5Model.Random(config, _backend, seed: 31);
        using Tape tape = new(_backend, recording: false);
        TargetBatch batch = TargetBatch.Create(
            config, [.. sources.SelectMany(_ => labels)], labels.Length);
        Tensor losses = tape.Allocate(batch.Labels.Length);
        Tensor logits = whole.Decode(
            tape, batch, TinyModels.States(whole, tape, sources), TinyModels.OffsetsOf(sources)).Value;
        _backend.Loss.CrossEntropy(logits, whole.LabelTensor(batch), losses, null, null);
        double[] ofRows = losses.ToDoubles();
        double[][] expected = new double[sources.Length][];
        for (int i = 0; i < sources.Length; i++)
        {
            expected[i] = new double[labels.Length];
            for (int label = 0; label < labels.Length; label++)
            {
                int sequence = (i * labels.Length) + label;
                for (int row = batch.Sequences[sequence]; row < batch.Sequences[sequence + 1]; row++)
                    expected[i][label] -= ofRows[row];
            }
        }
        Assert.Equal(expected, scores[0]);
    }

    [Fact]
    public void Rank_Trainable_IsTheFrozenModels()
    {
        using T5Model frozen = T5Model.Random(TinyModels.Wide(true), _backend, seed: 31);
        using T5Model trained = T5Model.Random(TinyModels.Wide(true), _backend, seed: 31, trainable: true);
        (int[][] sources, int[][] labels) = Batch(frozen.Config, 4, [3, 1, 2]);
        double[][] expected = Rank(frozen, sources, labels), actual = Rank(trained, sources, labels);
        for (int i = 0; i < sources.Length; i++) Numbers.Near(expected[i], actual[i], 1e-5, $"source {i}");
    }

    [Fact]
    public void Rank_NoOrEmptyLabels_AreRefused()
    {
        using T5Model model = T5Model.Random(TinyModels.Smallest(false), _backend, seed: 1);
        int[][] sources = TinyModels.Tokens(model.Config, [3], seed: 2);
        Assert.Contains(
            "no labels", Assert.Throws<ArgumentException>(() => Rank(model, sources, [])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "empty", Assert.Throws<ArgumentException>(() => Rank(model, sources, [[3, 1], []])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "20", Assert.Throws<ArgumentException>(() => Rank(model, sources, [[3, 20]])).Message,
            StringComparison.Ordinal);
        Assert.Empty(model.Rank(Tensor.Allocate(_backend, 0, 8), SequenceOffsets.Uniform(0, 0), [[1]]));
    }

    [Fact]
    public void Probabilities_FarApartAndTiny_AreASoftmax()
    {
        Assert.Equal([0.5, 0.5], Ranking.Probabilities([-2000, -2000]));
        double[] three = Ranking.Probabilities([-1001, -1000, -5000]);
        Assert.Equal(1, three.Sum(), 12);
        Assert.Equal(Math.E, three[1] / three[0], 9);
        Assert.Equal(0, three[2]);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _backend.Dispose();
    }

    private static (int[][] Sources, int[][] Labels) Batch(T5Config config, int sourceCount, int[] labelLengths)
    {
        CounterRandom random = new(41);
        int[][] sources =
        [
            .. Enumerable.Range(0, sourceCount).Select(_ => TinyModels.Tokens(config, 1 + random.NextInt32(9), random)),
        ];
        return (
            sources,
            Array.ConvertAll(
                labelLengths,
                length => (int[])[.. TinyModels.Tokens(config, length - 1, random), config.EndOfSequenceId]));
    }

    private double[][] Rank(T5Model model, int[][] sources, int[][] labels)
    {
        using Tape tape = new(model.Backend, recording: false);
        return model.Rank(TinyModels.States(model, tape, sources).Value, TinyModels.OffsetsOf(sources), labels);
    }

    private void SameAsLosses(T5Model model, int sourceCount, int[] labelLengths)
    {
        (int[][] sources, int[][] labels) = Batch(model.Config, sourceCount, labelLengths);
        double[][] scores = Rank(model, sources, labels);
        using Tape tape = new(_backend, recording: false);
        // Of many sources, the first and the last ones: they lie in different chunks.
        foreach (int i in Enumerable.Range(0, sourceCount).Where(i => i < 4 || i > sourceCount - 3))
        {
            int[][] alone = [sources[i]];
            Variable states = TinyModels.States(model, tape, alone);
            for (int label = 0; label < labels.Length; label++)
            {
                TargetBatch target = TargetBatch.Create(model.Config, [labels[label]]);
                double loss = labels[label].Length * model.Loss(tape, target, states, TinyModels.OffsetsOf(alone)).Value
                    .ToScalar();
                Assert.True(
                    Math.Abs(loss + scores[i][label]) <= 1e-5 * Math.Max(1, loss),
                    $"source {i}, label {label}: loss {loss:R}, score {scores[i][label]:R}");
            }
        }
    }
}
