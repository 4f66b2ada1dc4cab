using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;
using CrossPT.Runner.Models;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt tokenize</c>: text in, ids and pieces out.</summary>
internal static class TokenizeCommand
{
    private static readonly Option<string> s_model = Options.Text(
        "--model", "PATH", "model folder, spiece.model, tokenizer.json, or a name on the hub").Required();
    private static readonly Option<string> s_input =
        Options.Text("--input", "FILE|-", "JSON lines with \"text\"").Default(InputFile.Standard);
    private static readonly Option<bool> s_special = Options.Flag(
        "--special", "recognise special pieces such as <extra_id_0> and end with </s>, as a model's input does");

    private static readonly JsonWriterOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static CommandDefinition Define() => new()
    {
        Options = [s_model, s_input, s_special],
        Notes = "Each line {\"text\": …} becomes {\"ids\": […], \"pieces\": […]}; other fields are passed through. "
            + "Without --special, text is split as the SentencePiece library splits it, special pieces too, and "
            + "nothing is added.",
        Example = "tokenize --model t5-base --input lines.jsonl",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string path = ModelFolder.FindTokenizer(context, context.Value(s_model));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(path);
        EncodeOptions options = context.Has(s_special) ? EncodeOptions.ModelInput : EncodeOptions.None;
        EncodedText encoded = new();
        JsonLineRecord line = new("text", "ids", "pieces");
        ArrayBufferWriter<char> text = new();
        JsonEncodedText?[] known = new JsonEncodedText?[tokenizer.VocabularySize];
        using Utf8JsonWriter json = new(Stream.Null, s_json);
        JsonLineLoop.Run(context, context.Value(s_input), line, (record, output) =>
        {
            text.ResetWrittenCount();
            Encoding.UTF8.GetChars(record.Utf8Text, text);
            tokenizer.Encode(text.WrittenSpan, encoded, options);
            output.Buffer.Write("\"ids\":"u8);
            json.Reset(output.Buffer);
            json.WriteStartArray();
            foreach (int id in encoded.Ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.Flush();
            output.Buffer.Write(",\"pieces\":"u8);
            json.Reset(output.Buffer);
            json.WriteStartArray();
            for (int token = 0; token < encoded.Count; token++)
            {
                int id = encoded.Ids[token];
                if (id == tokenizer.UnknownId) json.WriteStringValue(encoded.Piece(token));
                else json.WriteStringValue(known[id] ??= Escape(tokenizer.IdToPiece(id)));
            }

            json.WriteEndArray();
            json.Flush();
        });
        return ExitCode.Done;
    }

    private static JsonEncodedText Escape(string piece) => JsonEncodedText.Encode(piece, s_json.Encoder);
}
