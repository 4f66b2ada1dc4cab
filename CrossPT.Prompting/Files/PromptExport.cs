using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Files;

/// <summary>
/// Writes a prompt for other programs; <see cref="PromptFile"/> reads each of them back to the same bits.
/// </summary>
public static class PromptExport
{
    /// <summary>The tensor's name in a safetensors file.</summary>
    public const string TensorName = "prompt";

    internal const string BaseModelKey = "base_model";

    /// <summary>
    /// Writes <see cref="TensorName"/> [P, H] in float32, and the model it was tuned before into the metadata.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="path">The file, made or replaced.</param>
    /// <param name="baseModel">The model, by name; null for the one that <paramref name="prompt"/> knows, if
    /// any.</param>
    /// <exception cref="IOException">The path cannot be written.</exception>
    public static void ToSafetensors(SavedPrompt prompt, string path, string? baseModel = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        Dictionary<string, string> metadata = new() { ["format"] = "crosspt" };
        if ((baseModel ?? prompt.BaseModel) is { } model) metadata[BaseModelKey] = model;
        new SafetensorsWriter(metadata)
            .Add(TensorName, DType.Float32, new Shape(prompt.Length, prompt.Width), prompt.ToBytes()).Save(path);
    }

    /// <summary>Writes a NumPy array [P, H] in float32.</summary>
    /// <exception cref="IOException">The path cannot be written.</exception>
    public static void ToNpy(SavedPrompt prompt, string path)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        NpyFile.Write(path, DType.Float32, new Shape(prompt.Length, prompt.Width), prompt.ToBytes());
    }

    /// <summary>Refuses a prompt that is more than PEFT's prompt tuning can say, before it is read.</summary>
    /// <param name="obstacle">What else belongs to the prompt.</param>
    /// <param name="name">The prompt's name in messages.</param>
    /// <param name="folder">The folder that was to be written.</param>
    /// <exception cref="PromptExportException">There is an obstacle.</exception>
    public static void RequirePeft(PeftObstacle obstacle, string name, string folder)
    {
        if (obstacle == PeftObstacle.None) return;
        throw new PromptExportException(
            folder,
            $"the prompt {name} has no PEFT form ({obstacle.Describe()}), expected rows before the text, the same "
                + $"for every example");
    }

    /// <summary>Writes the folder of a PEFT prompt-tuning adapter, whole or not at all.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="folder">The folder, which must not exist yet.</param>
    /// <param name="baseModel">The model by name, for <c>base_model_name_or_path</c>; null for the one that
    /// <paramref name="prompt"/> knows, if any.</param>
    /// <param name="model">The model's sizes, where they are known: heads and layers are then written, and the width is
    /// checked.</param>
    /// <param name="obstacle">Other parts of the prompt, which PEFT cannot hold.</param>
    /// <exception cref="PromptExportException">There is an obstacle, the folder exists, or the prompt is of another
    /// width than the model.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void ToPeft(
        SavedPrompt prompt, string folder, string? baseModel = null, T5Config? model = null,
        PeftObstacle obstacle = PeftObstacle.None)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RequirePeft(obstacle, prompt.Name, folder);
        if (model is not null && model.ModelWidth != prompt.Width)
            throw new PromptExportException(
                folder,
                $"the prompt {prompt.Name} is {prompt.Width} wide, expected {model.ModelWidth}, the width of the "
                    + $"model");
        byte[] config = PeftConfigWriter.Write(prompt, baseModel ?? prompt.BaseModel, model);
        // PEFT's loader asks for the metadata that PyTorch's writer leaves.
        SafetensorsWriter weights = new(new Dictionary<string, string> { ["format"] = "pt" });
        weights.Add(PeftAdapter.Prompt, DType.Float32, new Shape(prompt.Length, prompt.Width), prompt.ToBytes());
        NewFolder.Write(folder, temporary =>
        {
            weights.Save(Path.Combine(temporary, PeftAdapter.WeightsName));
            AtomicFile.Write(Path.Combine(temporary, PeftAdapter.ConfigName), stream => stream.Write(config));
        });
    }
}

/// <summary>
/// A prompt cannot be written as asked. The message is one sentence: the path, what was found and what was expected.
/// </summary>
public sealed class PromptExportException : IOException
{
    /// <summary>An error at the path that was to be written.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What was found and what was expected; without the path and without a full stop.</param>
    /// <param name="inner">The cause, if another exception was it.</param>
    public PromptExportException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}.", inner)
    {
    }
}

/// <summary>Makes a folder with its files whole or not at all.</summary>
internal static class NewFolder
{
    /// <summary>Fills a folder beside the new one, then gives it its name.</summary>
    /// <param name="path">The folder, which must not exist; the one it is made in must.</param>
    /// <param name="fill">Writes the files into the folder it is given. When it throws, nothing is left.</param>
    /// <exception cref="PromptExportException">There is a file or folder at the path, or no folder to make it
    /// in.</exception>
    public static void Write(string path, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.Exists(full))
            throw new PromptExportException(
                path, $"{(File.Exists(full) ? "is a file" : "exists already")}, expected the path of a new folder");
        string parent = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(parent))
            throw new PromptExportException(
                path, $"the folder {parent} does not exist, expected one to make the new folder in");
        string temporary = Path.Combine(parent, $".crosspt-{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Directory.Move(temporary, full);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}

/// <summary>
/// <c>adapter_config.json</c> of prompt tuning, its keys in PEFT's order. One submodule is written out: left to PEFT, a
/// sequence-to-sequence model has two, and the tensor would have to hold a second half that nothing reads.
/// </summary>
internal static class PeftConfigWriter
{
    private static readonly JsonWriterOptions s_document = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(SavedPrompt prompt, string? baseModel, T5Config? model)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, s_document))
        {
            json.WriteStartObject();
            json.WriteNull("auto_mapping");
            json.WriteString("base_model_name_or_path", baseModel);
            json.WriteBoolean("inference_mode", true);
            // PEFT fills in null from the model it is put on.
            WriteNumber(json, "num_attention_heads", model?.Heads);
            WriteNumber(json, "num_layers", model?.EncoderLayers);
            json.WriteNumber("num_transformer_submodules", 1);
            json.WriteNumber("num_virtual_tokens", prompt.Length);
            json.WriteString("peft_type", PeftConfig.PromptTuning);
            json.WriteString("prompt_tuning_init", "RANDOM");
            json.WriteNull("prompt_tuning_init_text");
            json.WriteNull("revision");
            json.WriteString("task_type", PeftConfig.Seq2Seq);
            json.WriteNumber("token_dim", prompt.Width);
            json.WriteNull("tokenizer_name_or_path");
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, int? value)
    {
        if (value is { } number) json.WriteNumber(key, number);
        else json.WriteNull(key);
    }
}
