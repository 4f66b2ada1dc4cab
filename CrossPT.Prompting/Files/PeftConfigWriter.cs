using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Files;

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
