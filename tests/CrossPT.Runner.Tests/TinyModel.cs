using CrossPT.Runner.Verify;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;
using System.Runtime.InteropServices;

namespace CrossPT.Runner.Tests;

/// <summary>
/// A T5 of a few thousand random weights in a folder, and golden files for it from the float64 reference back end.
/// </summary>
internal static class TinyModel
{
    public const int Width = 16;
    public const int Vocabulary = 64;

    /// <summary>Writes the model.</summary>
    public static void Write(string folder, bool gated = false, int vocabulary = Vocabulary)
    {
        T5Config config = new()
        {
            VocabularySize = vocabulary, ModelWidth = Width, HeadWidth = 8, Heads = 3, FeedForwardWidth = 24,
            EncoderLayers = 2, DecoderLayers = 2,
            IsGated = gated, TieWordEmbeddings = !gated,
        };
        using CpuBackend backend = new(threads: 1);
        using T5Model model = T5Model.Random(config, backend, seed: 5);
        model.Save(folder);
    }

    /// <summary>Stores a model's matrices in 16 bits.</summary>
    public static void RoundToBFloat16(string folder)
    {
        string path = Path.Combine(folder, "model.safetensors");
        Dictionary<string, Stored> tensors = [];
        using (ITensorSource file = SafetensorsFile.Open(path))
        {
            foreach (TensorEntry entry in file.Entries)
            {
                double[] values = file.ReadDoubles(entry.Name);
                ushort[] bits =
                [
                    .. values.Select(static value => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
                ];
                tensors.Add(entry.Name, new Stored(
                    DType.BFloat16, entry.Shape, MemoryMarshal.AsBytes(bits.AsSpan()).ToArray()));
            }
        }
        Save(tensors, path);
    }

    /// <summary>Inputs of two examples, the second one padded, and of three prompt rows.</summary>
    public static Dictionary<string, Stored> Inputs() => new()
    {
        ["input_ids"] = Stored.Of([3, 9, 27, 63, 1, 8, 5, 1, 0, 0], 2, 5),
        ["attention_mask"] = Stored.Of([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], 2, 5),
        ["decoder_input_ids"] = Stored.Of([0, 7, 8, 0, 9, 0], 2, 3),
        ["labels"] = Stored.Of([7, 8, 1, 9, 1, -100], 2, 3),
        ["soft_prompt"] = Stored.Of([.. Enumerable.Range(0, 3 * Width).Select(i => MathF.Sin(i))], 3, Width),
    };

    /// <summary>Adds what the reference back end computes for the model, as a golden file has it: padded.</summary>
    public static void AddResults(Dictionary<string, Stored> tensors, string folder, string path)
    {
        Save(tensors, path);
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Load(folder, backend);
        using ITensorSource file = SafetensorsFile.Open(path);
        GoldenInputs inputs = new(file, model.Config);
        foreach (string name in (string[])["plain", "prompt"])
        {
            using TensorScope scope = new();
            GoldenCase computed = new(model, inputs, prompt: name == "prompt");
            int positions = computed.PromptLength + inputs.SourceWidth;
            foreach (string tensor in (string[])[
                "encoder_last_hidden_state", "grad_encoder_last_hidden_state", "grad_inputs_embeds"])
                tensors[$"{name}.f64.{tensor}"] = Pad(computed.Find(tensor)!, computed.Sources, positions);
            tensors[$"{name}.f64.logits"] = Stored.Of(computed.Find("logits")!, 2, 3, model.Config.VocabularySize);
            tensors[$"{name}.f64.loss"] = Stored.Of(computed.Find("loss")!, 1);
            if (name == "prompt")
                tensors["prompt.f64.grad_soft_prompt"] = Stored.Of(computed.Find("grad_soft_prompt")!, 3, Width);
            tensors[$"{name}.greedy_ids"] = Stored.Of(computed.Generate(5, stopAtEnd: false), 2, 5);
            tensors[$"{name}.greedy_ids_eos"] = Stored.Of(computed.Generate(5, stopAtEnd: true), 2, 5);
        }
        Save(tensors, path);
    }

    public static void Save(Dictionary<string, Stored> tensors, string path)
    {
        SafetensorsWriter writer = new();
        foreach ((string name, Stored stored) in tensors) writer.Add(name, stored.Type, stored.Shape, stored.Bytes);
        writer.Save(path);
    }

    private static Stored Pad(float[] rows, SequenceOffsets sources, int positions)
    {
        // Numbers at padded positions are whatever the reference left there.
        float[] padded = new float[sources.Count * positions * Width];
        Array.Fill(padded, 1e6f);
        for (int b = 0; b < sources.Count; b++)
            rows.AsSpan(sources[b] * Width, sources.LengthOf(b) * Width).CopyTo(padded.AsSpan(b * positions * Width));
        return Stored.Of(padded, sources.Count, positions, Width);
    }

    /// <summary>A tensor to be written.</summary>
    internal sealed record Stored(DType Type, Shape Shape, byte[] Bytes)
    {
        public static Stored Of(float[] values, params int[] sizes) =>
            new(DType.Float32, new Shape(sizes), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

        public static Stored Of(int[] values, params int[] sizes) =>
            new(
                DType.Int64, new Shape(sizes),
                MemoryMarshal.AsBytes(Array.ConvertAll(values, static value => (long)value).AsSpan()).ToArray());
    }
}
