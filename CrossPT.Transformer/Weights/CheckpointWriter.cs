using System.Runtime.InteropServices;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer;

/// <summary>Writes a model in Hugging Face's layout: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class CheckpointWriter
{
    public static void Save(T5Config config, IReadOnlyList<WeightPart> parts, IBackend backend, string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter writer = new(new Dictionary<string, string> { ["format"] = "pt" });
        foreach (WeightPart part in parts.OrderBy(static part => part.Name, StringComparer.Ordinal))
        {
            writer.Add(part.Name, DType.Float32, part.Shape, stream =>
            {
                int perPiece = Math.Max(1, (1 << 18) / part.Columns);
                for (int row = 0; row < part.Rows; row += perPiece)
                    stream.Write(MemoryMarshal.AsBytes(part.Read(row, Math.Min(perPiece, part.Rows - row), backend).AsSpan()));
            });
        }
        writer.Save(Path.Combine(folder, "model.safetensors"));
        AtomicFile.Write(Path.Combine(folder, "config.json"), stream => stream.Write(config.ToJson()));
    }
}
