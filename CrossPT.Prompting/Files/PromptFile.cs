using System.Text.Json;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>Reads one soft prompt [P, H] from whatever it was saved as.</summary>
public static class PromptFile
{
    private const string AdapterConfig = "adapter_config.json";

    // What PEFT, ATTEMPT and this project call a prompt; any name does where it is the only matrix.
    private static readonly string[] s_names = ["prompt_embeddings", "prompt", "soft_prompt", "embedding.weight"];

    /// <summary>
    /// Reads a prompt: a safetensors, PyTorch or NumPy file with one matrix, or the folder of a PEFT prompt-tuning adapter.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="width">H, the width of the model it is for.</param>
    /// <returns>The rows end to end.</returns>
    /// <exception cref="TensorFileException">There is no prompt, or it is of another width.</exception>
    public static float[] Read(string path, int width)
    {
        ArgumentNullException.ThrowIfNull(path);
        int modules = 1;
        string file = path;
        if (Directory.Exists(path))
        {
            modules = ReadAdapterConfig(Path.Combine(path, AdapterConfig));
            file = Path.Combine(path, "adapter_model.safetensors");
            if (!File.Exists(file)) file = Path.Combine(path, "adapter_model.bin");
        }
        using ITensorSource source = TensorFiles.Open(file);
        TensorEntry entry = Find(source);
        if (entry.Shape[1] != width) throw new TensorFileException(path, $"the prompt {entry} is {entry.Shape[1]} wide, expected {width}, the width of the model");
        if (entry.Shape[0] % modules != 0) throw new TensorFileException(path, $"the prompt {entry} serves {modules} submodules, expected a multiple of that many rows");
        float[] rows = source.ReadSingles(entry.Name);
        int broken = Array.FindIndex(rows, static value => !float.IsFinite(value));
        if (broken >= 0) throw new TensorFileException(path, $"the prompt {entry} holds {rows[broken]} in row {broken / width}, expected finite numbers");
        // An adapter may hold a second half for the decoder, which T5's prompt tuning does not read.
        return rows[..(rows.Length / modules)];
    }

    private static TensorEntry Find(ITensorSource source)
    {
        TensorEntry[] matrices = [.. source.Entries.Where(static entry => entry.Shape.Rank == 2 && entry.Shape.Length > 0 && entry.DType.IsFloatingPoint())];
        if (source.TryGet("prefix_task_cols", out _))
            throw new TensorFileException(source.Path, "is a multitask prompt, several in one product, expected a single prompt [P, H]");
        foreach (string name in s_names)
        {
            if (Array.Find(matrices, entry => entry.Name == name) is { } named) return named;
        }
        if (matrices.Length == 1) return matrices[0];
        string found = matrices.Length == 0 ? "no matrix" : $"{matrices.Length} matrices, none of them called {string.Join(", ", s_names)}";
        throw new TensorFileException(source.Path, $"holds {found}, expected one prompt [P, H]");
    }

    /// <summary>How many submodules the rows of an adapter serve.</summary>
    private static int ReadAdapterConfig(string path)
    {
        if (!File.Exists(path)) throw new TensorFileException(path, "is missing, expected the folder of a PEFT adapter");
        if (new FileInfo(path).Length > 1 << 20) throw new TensorFileException(path, "has more than 1 MiB, expected the configuration of a PEFT adapter");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new TensorFileException(path, "holds no object, expected the configuration of a PEFT adapter");
            string kind = root.TryGetProperty("peft_type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";
            if (kind is not ("PROMPT_TUNING" or "P_TUNING"))
                throw new TensorFileException(path, $"has the peft_type \"{kind}\", expected PROMPT_TUNING or P_TUNING");
            if (root.TryGetProperty("num_transformer_submodules", out JsonElement count) && count.ValueKind == JsonValueKind.Number)
            {
                return count.TryGetInt32(out int modules) && modules is 1 or 2
                    ? modules
                    : throw new TensorFileException(path, $"has num_transformer_submodules {count.GetRawText()}, expected 1 or 2");
            }
            // PEFT gives a sequence-to-sequence model a prompt for the encoder and one for the decoder unless told otherwise.
            bool causal = root.TryGetProperty("task_type", out JsonElement task) && task.ValueKind == JsonValueKind.String && task.GetString() != "SEQ_2_SEQ_LM";
            return causal ? 1 : 2;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TensorFileException(path, "is no JSON, expected the configuration of a PEFT adapter", error);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TensorFileException)
        {
            throw new TensorFileException(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }
}
