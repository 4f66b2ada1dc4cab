using System.Buffers;
using System.Buffers.Text;
using System.CommandLine;
using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Runner.JsonLines;
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
        byte[]?[] quoted = new byte[tokenizer.VocabularySize][];
        JsonLineLoop.Run(context, context.Value(s_input), line, (record, output) =>
        {
            text.ResetWrittenCount();
            Encoding.UTF8.GetChars(record.Utf8Text, text);
            tokenizer.Encode(text.WrittenSpan, encoded, options);
            ReadOnlySpan<int> ids = encoded.Ids;
            WriteIds(output.Buffer, ids);
            output.Buffer.Write(",\"pieces\":["u8);
            for (int token = 0; token < ids.Length; token++)
            {
                int id = ids[token];
                byte[] piece = id == tokenizer.UnknownId
                    ? Quote(encoded.Piece(token))
                    : quoted[id] ??= Quote(tokenizer.IdToPiece(id));
                if (token > 0) output.Buffer.Write(","u8);
                output.Buffer.Write(piece);
            }
            output.Buffer.Write("]"u8);
        });
        return ExitCode.Done;
    }

    private static void WriteIds(ArrayBufferWriter<byte> output, ReadOnlySpan<int> ids)
    {
        const int longest = 11;
        output.Write("\"ids\":["u8);
        Span<byte> digits = output.GetSpan(ids.Length * (longest + 1) + 1);
        int length = 0;
        foreach (int id in ids)
        {
            if (length > 0) digits[length++] = (byte)',';
            Utf8Formatter.TryFormat(id, digits[length..], out int written);
            length += written;
        }
        digits[length++] = (byte)']';
        output.Advance(length);
    }

    private static byte[] Quote(string piece) => Encoding.UTF8.GetBytes(JsonText.Quote(piece));
}
