namespace CrossPT.Tensors.Files;

/// <summary>Opens whatever tensors are kept in.</summary>
public static class TensorFiles
{
    // The order Hugging Face looks in.
    private static readonly string[] s_modelFiles =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>
    /// Opens a safetensors file, an index of shards, a PyTorch file (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>), a NumPy
    /// array (<c>.npy</c>), or a model folder: its <c>model.safetensors</c>, else <c>model.safetensors.index.json</c>,
    /// else <c>pytorch_model.bin</c>, else <c>pytorch_model.bin.index.json</c>. What a file is, its first bytes decide,
    /// its extension only where they leave it open.
    /// </summary>
    /// <exception cref="TensorFileException">There is nothing to open, or it is not valid.</exception>
    public static ITensorSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path)) return IsIndex(path) ? ShardedTensorFile.Open(path) : OpenWeights(path);
        foreach (string name in s_modelFiles)
        {
            string file = Path.Combine(path, name);
            if (File.Exists(file)) return IsIndex(file) ? ShardedTensorFile.Open(file) : OpenWeights(file);
        }
        throw new TensorFileException(
            path, $"is a folder without weights, expected one of {string.Join(", ", s_modelFiles)} in it");
    }

    /// <summary>Opens a file that holds elements itself.</summary>
    internal static ITensorSource OpenWeights(string path)
    {
        Span<byte> start = stackalloc byte[9];
        int length;
        using (PositionalFile file = PositionalFile.Open(path))
        {
            length = (int)Math.Min(start.Length, file.Length);
            file.ReadExactly(0, start[..length]);
        }
        start = start[..length];
        if (ForeignFile.Explain(path, FileContent.Binary) is { } foreign) throw new TensorFileException(path, foreign);
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (start.StartsWith(NpyHeader.Magic)) return NpyFile.Open(path);
        if (start.StartsWith("PK"u8)) return PyTorchFile.Open(path);
        if (extension == ".safetensors" || (length == 9 && start[8] == '{')) return SafetensorsFile.Open(path);
        if (extension == ".npy") return NpyFile.Open(path);
        if (extension is ".pt" or ".pth" or ".bin" || (length > 1 && start[0] == 0x80)) return PyTorchFile.Open(path);
        throw new TensorFileException(
            path,
            length == 0
                ? "is empty, expected tensors"
                : "is of no known kind, expected safetensors, an index of shards (.json), PyTorch (.pt, .bin) or "
                    + "NumPy (.npy)");
    }

    private static bool IsIndex(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
}
