using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Training steps of a prompt before a frozen model, the everyday work of this project.</summary>
internal sealed class PromptSteps : IDisposable
{
    private readonly T5Model _model;
    private readonly Variable _prompt;
    private readonly AdamW _optimizer;

    public PromptSteps(T5Model model, int rows, ulong seed)
    {
        _model = model;
        int width = model.Config.ModelWidth;
        _prompt = Variable.Parameter(
            TensorData.FromSingles(
                model.Backend, TinyModels.Gaussians(rows * width, seed, deviation: 0.5), rows, width));
        _optimizer = new AdamW(
            [
                new ParameterGroup(
                    "prompt", [new NamedParameter("prompt", _prompt)], learningRate: 0.1, maxGradientNorm: 1)]);
    }

    /// <summary>
    /// One step; <paramref name="look"/> sees logits, loss and the prompt's gradient before the prompt moves.
    /// </summary>
    public void Run(
        int[][] sources, int[][] targets, Action<double[], double, double[]>? look = null,
        Action? beforeBackward = null)
    {
        using TensorScope scope = new();
        using Tape tape = new(_model.Backend);
        int[] prompt = [.. Enumerable.Range(0, _prompt.Shape[0])];
        int[] ids = [.. sources.SelectMany(source => (int[])[.. new int[prompt.Length], .. source])];
        int[] indices = [.. sources.SelectMany(source => (int[])[.. prompt, .. Enumerable.Repeat(-1, source.Length)])];
        SequenceOffsets offsets = SequenceOffsets.FromLengths(
            Array.ConvertAll(sources, source => prompt.Length + source.Length));
        TargetBatch batch = TargetBatch.Create(_model.Config, targets);
        Variable states = _model.Encode(tape, _model.Embed(tape, ids, _prompt, indices), offsets);
        Variable logits = _model.Decode(tape, batch, states, offsets);
        double[]? values = look is null ? null : logits.Value.ToDoubles();
        Variable loss = tape.CrossEntropy(
            logits, TensorData.FromInt32(_model.Backend, batch.Labels, batch.Labels.Length));
        double number = loss.Value.ToScalar();
        beforeBackward?.Invoke();
        tape.Backward(loss);
        look?.Invoke(values!, number, _prompt.Gradient!.ToDoubles());
        _optimizer.Step();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _prompt.Dispose();
    }
}
