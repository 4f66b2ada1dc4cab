using CrossPT.Autograd;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary>Text to text: a tokenizer, a frozen model and a soft prompt before every text.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="prompt">Rows of the prompt, end to end; empty for none.</param>
internal sealed class TextGenerator(T5Model model, ITokenizer tokenizer, float[] prompt)
{
    /// <summary>What the model writes for each text, the most probable token each time.</summary>
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
