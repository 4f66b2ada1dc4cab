using System.Text;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;
using CrossPT.Runner.Models;
using CrossPT.Runner.Prompts;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt generate</c>: text to text with a frozen model and, if given, a prompt.</summary>
internal static class GenerateCommand
{
    private static readonly Option s_prompt = new("--prompt", "FILE|DIR", "soft prompt before every text: safetensors, .pt, .npy, or the folder of a PEFT adapter");
    private static readonly Option s_input = new("--input", "FILE|-", "JSON lines with \"text\"", InputFile.Standard);
    private static readonly Option s_maxTokens = new("--max-tokens", "N", "tokens to write at most, for each line", "64");
    private static readonly Option s_batch = new("--batch", "N", "lines worked on together; from a terminal always one", "16");

    public static CommandDefinition Define() => new()
    {
        Options = [ModelFolder.Option, s_prompt, s_input, s_maxTokens, s_batch],
        Notes = "Each line {\"text\": …} becomes {\"text\": …} with the text written by the model, the most probable token each time; other fields are passed through.",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int maxTokens = context.Int32(s_maxTokens, 1, 1 << 16), batch = context.Int32(s_batch, 1, 1 << 12);
        string input = context.String(s_input);
        if (input == InputFile.Standard && !Console.IsInputRedirected) batch = 1;
        string folder = ModelFolder.Find(context, ModelFolder.Option);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        using IBackend backend = context.OpenBackend();
        using T5Model model = ModelFolder.Load(folder, backend);
        float[] prompt = context.Has(s_prompt) ? PromptInput.Load(context, context.String(s_prompt)).RowsFor(model.Config.ModelWidth) : [];
        TextGenerator generator = new(model, tokenizer, prompt);
        JsonLineBatches.Run(context, input, new JsonLineRecord("text"), batch, texts =>
            [.. generator.Generate(texts, maxTokens).Select(static text => Encoding.UTF8.GetBytes($"\"text\":{JsonText.Quote(text)}"))]);
        return ExitCode.Done;
    }
}
