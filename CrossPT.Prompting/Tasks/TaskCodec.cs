using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tasks;

/// <summary>An example as a model reads it.</summary>
/// <param name="Source">Token ids of the text, end of sequence included, without the prompt.</param>
/// <param name="Label">Place of the right label.</param>
public sealed record EncodedExample(int[] Source, int Label);

/// <summary>Turns a task's rows and labels into token ids.</summary>
public sealed class TaskCodec
{
    private readonly ITokenizer _tokenizer;
    private readonly int _vocabularySize;

    /// <summary>A codec of one task for one model.</summary>
    /// <param name="task">The task.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="sourceLength">Tokens of a text at most, end of sequence included; what is beyond is cut. Prompt rows come on top and are never cut.</param>
    /// <exception cref="ArgumentException">Two labels have the same tokens, or a token is outside the model's vocabulary.</exception>
    public TaskCodec(TaskDeclaration task, ITokenizer tokenizer, T5Config config, int sourceLength)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceLength, 2);
        (Task, _tokenizer, SourceLength, _vocabularySize) = (task, tokenizer, sourceLength, config.VocabularySize);
        LabelIds = [.. task.Labels.Select(label => Checked(tokenizer.Encode(label.Word, EncodeOptions.EndOfSequence)))];
        for (int i = 1; i < LabelIds.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (LabelIds[i].AsSpan().SequenceEqual(LabelIds[j]))
                {
                    throw new ArgumentException(
                        $"The labels '{task.Labels[j].Word}' and '{task.Labels[i].Word}' of the task '{task.Name}' are the same tokens.", nameof(task));
                }
            }
        }
    }

    /// <summary>The task.</summary>
    public TaskDeclaration Task { get; }

    /// <summary>Tokens of a text at most.</summary>
    public int SourceLength { get; }

    /// <summary>Token ids of each label word, end of sequence included.</summary>
    public IReadOnlyList<int[]> LabelIds { get; }

    /// <summary>Token ids of a text; the end of sequence stays where the rest is cut.</summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public int[] Encode(string text)
    {
        int[] ids = Checked(_tokenizer.Encode(text, EncodeOptions.ModelInput));
        return ids.Length <= SourceLength ? ids : [.. ids.AsSpan(0, SourceLength - 1), ids[^1]];
    }

    /// <summary>An example as the model reads it.</summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public EncodedExample Encode(TaskExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return new EncodedExample(Encode(example.Text), example.Label);
    }

    private int[] Checked(int[] ids)
    {
        foreach (int id in ids)
        {
            if ((uint)id < (uint)_vocabularySize) continue;
            throw new ArgumentException(
                $"Token {id} ('{_tokenizer.IdToPiece(id)}') of the tokenizer is outside the model's vocabulary, expected 0 to {_vocabularySize - 1}.");
        }
        return ids;
    }
}
