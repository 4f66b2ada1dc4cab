using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Samples;

/// <summary>
/// Lesson 4. A T5 is loaded from a folder as Hugging Face writes it, and gives the same numbers. Its weights are packed
/// once for the kernels and never get a gradient. A batch has no padding: its examples lie end to end, and offsets say
/// where each begins.
/// </summary>
internal static class ModelLesson
{
    internal sealed record Outcome(int TrainedWeights, double Loss, double GoldenLoss, int[] Ids, int[] GoldenIds);

    public static Outcome Run(TextWriter output)
    {
        using CpuBackend backend = new(threads: 1);
        using T5Model model = T5Model.Load(Lesson.TinyModel, backend);
        T5Config config = model.Config;
        output.WriteLine(
            $"{config.EncoderLayers} + {config.DecoderLayers} blocks of {config.Heads} heads, width "
                + $"{config.ModelWidth}.");
        output.WriteLine($"Weights to be trained: {model.Parameters.Count}. The model is frozen.");

        // The folder also holds token ids and what Hugging Face's T5 computed from them in float64: "golden" values.
        using ITensorSource golden = TensorFiles.Open(Path.Combine(Lesson.TinyModel, "golden.safetensors"));
        int[] padded = golden.ReadInt32("input_ids"), mask = golden.ReadInt32("attention_mask");
        SourceBatch source = SourceBatch.FromPadded(padded, mask, length: 12);
        output.WriteLine(
            $"{padded.Length} padded positions became {source.Ids.Length} rows; the second example begins at row "
                + $"{source.Sequences[1]}.");

        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        Variable states = model.Encode(tape, model.Embed(tape, source.Ids), source.Sequences);
        output.WriteLine($"Encoder states {states.Shape}: one row a token, no padding.");

        // Teacher forcing: the decoder reads the target shifted by one, and the loss is the mean over all tokens to
        // predict.
        TargetBatch targets = TargetBatch.Create(
            [.. golden.ReadInt32("decoder_input_ids").Chunk(7)], [.. golden.ReadInt32("labels").Chunk(7)]);
        double loss = model.Loss(tape, targets, states, source.Sequences).Value.ToScalar();
        double expected = golden.ReadDoubles("plain.f64.loss")[0];
        output.WriteLine($"Loss {loss:F6}; Hugging Face's T5 has {expected:F6}.");

        int[] ids = model.Generate(states.Value, source.Sequences, maxTokens: 10, stopAtEnd: false)[0];
        int[] goldenIds = [.. golden.ReadInt32("plain.greedy_ids").Take(11).Skip(1)];
        output.WriteLine(
            $"Greedy ids of the first example: {string.Join(" ", ids)}; Hugging Face's: "
                + $"{string.Join(" ", goldenIds)}.");
        return new Outcome(model.Parameters.Count, loss, expected, ids, goldenIds);
    }
}
