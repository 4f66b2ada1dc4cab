using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Verify;

/// <summary>What a golden file holds results of, computed here: without a prompt or with it.</summary>
/// <remarks>
/// Rows lie end to end, without padding; input embeddings are a leaf, so the gradients of all rows are computed.
/// </remarks>
internal sealed class GoldenCase
{
    private readonly T5Model _model;
    private readonly GoldenInputs _inputs;
    private readonly Tensor _states;
    private readonly Dictionary<string, float[]> _results = [];

    /// <summary>Computes the case; its tensors belong to the scope that is open.</summary>
    public GoldenCase(T5Model model, GoldenInputs inputs, bool prompt)
    {
        (_model, _inputs) = (model, inputs);
        PromptLength = prompt ? inputs.PromptLength : 0;
        Sources = SequenceOffsets.FromLengths(Array.ConvertAll(inputs.Lengths, length => PromptLength + length));
        using Variable embeddings = Variable.Parameter(Embed().Share());
        using Tape tape = new(model.Backend);
        Variable states = model.Encode(tape, embeddings, Sources);
        // Kept for decoding; the states themselves go with their tape.
        _states = states.Value.Share();
        _results["encoder_last_hidden_state"] = _states.ToSingles();
        if (inputs.Targets is null) return;
        DecodeAndReturn(tape, states);
        _results["grad_inputs_embeds"] = embeddings.Gradient!.ToSingles();
        if (prompt) TunePrompt();
    }

    /// <summary>P, or 0 without a prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Rows of each example, its prompt included.</summary>
    public SequenceOffsets Sources { get; }

    /// <summary>The values of a result, or null when it is not one that is computed.</summary>
    public float[]? Find(string name) => _results.GetValueOrDefault(name);

    /// <summary>Whether a result has a row for every source position, padding left out.</summary>
    public static bool IsBySourceRow(string name) =>
        name is "encoder_last_hidden_state" or "grad_encoder_last_hidden_state" or "grad_inputs_embeds";

    /// <summary>The start token and <paramref name="width"/> − 1 arg-max ids of each example, end to end.</summary>
    public int[] Generate(int width, bool stopAtEnd)
    {
        int[][] ids = _model.Generate(_states, Sources, width - 1, stopAtEnd);
        int[] rows = new int[ids.Length * width];
        for (int b = 0; b < ids.Length; b++)
        {
            rows[b * width] = _model.Config.DecoderStartId;
            ids[b].CopyTo(rows, (b * width) + 1);
        }
        return rows;
    }

    /// <summary>
    /// How far the best logit lies before the second best when example <paramref name="b"/> chooses id
    /// <paramref name="step"/> of its row of <paramref name="ids"/> (as <see cref="Generate"/> gives them), over the
    /// largest logit.
    /// </summary>
    public double LeadOfBest(int[] ids, int width, int b, int step)
    {
        int[][] targets =
        [
            .. Enumerable.Range(0, ids.Length / width).Select(row => ids[((row * width) + 1)..((row + 1) * width)]),
        ];
        using Tape tape = new(_model.Backend, recording: false);
        float[] logits = _model.Decode(
            tape, TargetBatch.Create(_model.Config, targets), Variable.Constant(_states), Sources).Value.ToSingles();
        int vocabulary = _model.Config.VocabularySize, row = (b * (width - 1)) + step - 1;
        double[] best =
        [
            .. logits.Skip(row * vocabulary).Take(vocabulary).Select(static logit => (double)logit).OrderDescending(),
        ];
        return (best[0] - best[1]) / Math.Max(Math.Abs(best[0]), Math.Abs(best[^1]));
    }

    private void DecodeAndReturn(Tape encoderTape, Variable states)
    {
        using Variable leaf = Variable.Parameter(states.Value.Share());
        using Tape tape = new(_model.Backend);
        Variable logits = _model.Decode(tape, _inputs.Targets!, leaf, Sources);
        _results["logits"] = logits.Value.ToSingles();
        Variable loss = _model.Loss(tape, _inputs.Targets!, leaf, Sources);
        _results["loss"] = loss.Value.ToSingles();
        tape.Backward(loss);
        _results["grad_encoder_last_hidden_state"] = leaf.Gradient!.ToSingles();
        encoderTape.Backward(states, leaf.Gradient!);
    }

    /// <summary>The gradient as prompt tuning computes it, which goes back to the prompt's rows alone.</summary>
    private void TunePrompt()
    {
        using Variable prompt = Variable.Parameter(PromptTensor());
        using Tape tape = new(_model.Backend);
        Variable states = _model.Encode(tape, _model.Embed(tape, Ids(), prompt, PromptRows()), Sources);
        tape.Backward(_model.Loss(tape, _inputs.Targets!, states, Sources));
        _results["grad_soft_prompt"] = prompt.Gradient!.ToSingles();
    }

    private Tensor Embed()
    {
        using Tape tape = new(_model.Backend, recording: false);
        return PromptLength == 0
            ? _model.Embed(tape, Ids()).Value
            : _model.Embed(tape, Ids(), Variable.Constant(PromptTensor()), PromptRows()).Value;
    }

    private Tensor PromptTensor() =>
        TensorData.FromSingles(_model.Backend, _inputs.Prompt!, PromptLength, _model.Config.ModelWidth);

    private int[] Ids()
    {
        int[] ids = new int[Sources.Rows];
        for (int b = 0; b < _inputs.BatchSize; b++) _inputs.Sources[b].CopyTo(ids, Sources[b] + PromptLength);
        return ids;
    }

    private int[] PromptRows()
    {
        int[] rows = new int[Sources.Rows];
        Array.Fill(rows, -1);
        for (int b = 0; b < Sources.Count; b++)
        {
            for (int i = 0; i < PromptLength; i++) rows[Sources[b] + i] = i;
        }
        return rows;
    }
}

/// <summary>How far values lie from golden ones.</summary>
/// <param name="MaxAbsolute">The largest absolute difference.</param>
/// <param name="MaxRelative">The same over the largest absolute golden value.</param>
/// <param name="RelativeL2">The length of the difference over that of the golden values.</param>
internal readonly record struct Difference(double MaxAbsolute, double MaxRelative, double RelativeL2)
{
    /// <summary>Compares values; what is no number is infinitely far from everything, itself too.</summary>
    public static Difference Of(ReadOnlySpan<float> values, ReadOnlySpan<float> golden)
    {
        if (values.Length != golden.Length)
            throw new ArgumentException($"Difference: {values.Length} values and {golden.Length} golden ones.");
        double largest = 0, largestGolden = 0, sum = 0, sumGolden = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double difference = Math.Abs((double)values[i] - golden[i]);
            if (!double.IsFinite(difference)) difference = double.PositiveInfinity;
            largest = Math.Max(largest, difference);
            largestGolden = Math.Max(largestGolden, Math.Abs((double)golden[i]));
            sum += difference * difference;
            sumGolden += (double)golden[i] * golden[i];
        }
        return new Difference(largest, Ratio(largest, largestGolden), Ratio(Math.Sqrt(sum), Math.Sqrt(sumGolden)));
    }

    private static double Ratio(double difference, double size) =>
        difference == 0 ? 0 : double.IsFinite(size) ? difference / size : double.PositiveInfinity;
}
