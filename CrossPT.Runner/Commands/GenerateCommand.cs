using System.CommandLine;
using System.Text;
using CrossPT.Autograd;
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

/// <summary>Text to text: a tokenizer, a frozen model and a soft prompt before every text.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="prompt">Rows of the prompt, end to end; empty for none.</param>
internal sealed class TextGenerator(T5Model model, ITokenizer tokenizer, float[] prompt)
{
    /// <summary>Greedy decoding after each text.</summary>
    public string[] Generate(IReadOnlyList<string> texts, int maxTokens)
    {
        int[][] sources = [.. texts.Select(Encode)];
        int width = model.Config.ModelWidth, promptLength = prompt.Length / width;
        SequenceOffsets offsets = SequenceOffsets.FromLengths(
            Array.ConvertAll(sources, source => promptLength + source.Length));
        int[] ids = new int[offsets.Rows], promptRows = new int[offsets.Rows];
        Array.Fill(promptRows, -1);
        for (int i = 0; i < sources.Length; i++)
        {
            for (int row = 0; row < promptLength; row++) promptRows[offsets[i] + row] = row;
            sources[i].CopyTo(ids, offsets[i] + promptLength);
        }
        using TensorScope scope = new();
        using Tape tape = new(model.Backend, recording: false);
        Variable embeddings = promptLength == 0
            ? model.Embed(tape, ids)
            : model.Embed(
                tape, ids, Variable.Constant(TensorData.FromSingles(model.Backend, prompt, promptLength, width)),
                promptRows);
        Variable states = model.Encode(tape, embeddings, offsets);
        return Array.ConvertAll(model.Generate(states.Value, offsets, maxTokens), Decode);
    }

    private int[] Encode(string text)
    {
        int[] ids = tokenizer.Encode(text, EncodeOptions.ModelInput);
        foreach (int id in ids)
        {
            if (id >= model.Config.VocabularySize)
                throw new UserException(
                    $"token {id} ('{tokenizer.IdToPiece(id)}') of the tokenizer is outside the model's vocabulary, "
                        + $"expected 0 to {model.Config.VocabularySize - 1}");
        }
        return ids;
    }

    // A model's vocabulary may be rounded up beyond the tokenizer's; such an id stands for no text.
    private string Decode(int[] ids) => tokenizer.Decode(Array.FindAll(ids, id => id < tokenizer.VocabularySize));
}
