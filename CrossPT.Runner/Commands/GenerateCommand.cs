using System.CommandLine;
using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Runner.JsonLines;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt generate</c>: text to text with a frozen model and, if given, a prompt.</summary>
internal static class GenerateCommand
{
    private static readonly Option<string> s_prompt = Options.Text(
        "--prompt", "FILE|DIR",
        "soft prompt before every text: safetensors, .pt, .npy, or the folder of a PEFT adapter");
    private static readonly Option<string> s_input =
        Options.Text("--input", "FILE|-", "JSON lines with \"text\"").Default(InputFile.Standard);
    private static readonly Option<int> s_maxTokens =
        Options.Int32("--max-tokens", "N", "most tokens to generate for each line", 1, 1 << 16).Default(64);
    private static readonly Option<int> s_batch =
        Options.Int32("--batch", "N", "lines processed together; always one from a terminal", 1, 1 << 12).Default(16);

    public static CommandDefinition Define() => new()
    {
        Options = [ModelFolder.Option, ModelFolder.Strict, CpuWeights.Option, s_prompt, s_input, s_maxTokens, s_batch],
        Notes = "Each line {\"text\": …} becomes {\"text\": …} with the text written by the model, the most probable "
            + "token each time; other fields are passed through.",
        Example = "generate --model t5-base --input questions.jsonl",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int maxTokens = context.Value(s_maxTokens), batch = context.Value(s_batch);
        string input = context.Value(s_input);
        if (input == InputFile.Standard && !Console.IsInputRedirected) batch = 1;
        string folder = ModelFolder.Find(context, context.Value(ModelFolder.Option));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        using IBackend backend = CpuWeights.OpenBackend(context, folder);
        using T5Model model = ModelFolder.Load(context, folder, backend);
        float[] prompt = context.Find(s_prompt) is { } file
            ? PromptInput.Load(context, file).RowsFor(model.Config.ModelWidth)
            : [];
        TextGenerator generator = new(model, tokenizer, prompt);
        JsonLineBatches.Run(context, input, new JsonLineRecord("text"), batch, texts =>
            [.. generator.Generate(texts, maxTokens)
                .Select(static text => Encoding.UTF8.GetBytes($"\"text\":{JsonText.Quote(text)}"))]);
        return ExitCode.Done;
    }
}
