using System.Buffers;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;
using CrossPT.Runner.Models;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt tokenize</c>: text in, ids and pieces out.</summary>
internal static class TokenizeCommand
{
    private static readonly Option s_model = new("--model", "PATH", "model folder, spiece.model, tokenizer.json, or a name on the hub", Required: true);
    private static readonly Option s_input = new("--input", "FILE|-", "JSON lines with \"text\"", InputFile.Standard);
    private static readonly Option s_special = new("--special", null, "recognise special pieces such as <extra_id_0> and end with </s>, as a model's input does");

    public static CommandDefinition Define() => new()
    {
        Options = [s_model, s_input, s_special],
        Notes = "Each line {\"text\": …} becomes {\"ids\": […], \"pieces\": […]}; other fields are passed through. Without --special, text is split as the\n"
            + "SentencePiece library splits it, special pieces too, and nothing is added.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(ModelFolder.FindTokenizer(context, s_model));
        EncodeOptions options = context.Has(s_special) ? EncodeOptions.ModelInput : EncodeOptions.None;
        EncodedText encoded = new();
        JsonLineLoop.Run(context, context.String(s_input), new JsonLineRecord("text", "ids", "pieces"), (record, output) =>
        {
            tokenizer.Encode(record.Utf8Text, encoded, options);
            output.Buffer.Write("\"ids\":"u8);
            encoded.WriteIdsJson(output.Buffer);
            output.Buffer.Write(",\"pieces\":"u8);
            encoded.WritePiecesJson(output.Buffer);
        });
        return ExitCode.Done;
    }
}
