using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tasks;

/// <summary>Turns a task's rows and labels into token ids.</summary>
public sealed class TaskCodec
{
    private readonly ITokenizer _tokenizer;
    private readonly T5Config _config;
    private readonly string _prefix;
    private readonly int[] _options;

    /// <summary>A codec of one task for one model.</summary>
    /// <param name="task">The task.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="sourceLength">Tokens of a text at most, end of sequence included; what is beyond is cut. Prompt rows come on top and are never cut.</param>
    /// <param name="prefix">Stands before every text and is never cut: <see cref="TaskPrefix.TextFor"/>.</param>
    /// <param name="options">Whether the label words stand behind every text, <c> options: entailment,not_entailment</c>, never cut either.</param>
    /// <exception cref="ArgumentException">
    /// Two labels have the same tokens, a token is outside the model's vocabulary, prefix and options leave no room for a text, or there are no labels to be
    /// options.
    /// </exception>
    public TaskCodec(TaskDeclaration task, ITokenizer tokenizer, T5Config config, int sourceLength, string prefix = "", bool options = false)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceLength, 2);
        (Task, _tokenizer, SourceLength, _config, _prefix, HasOptions) = (task, tokenizer, sourceLength, config, prefix, options);
        LabelIds = [.. task.Labels.Select(label => EncodeTarget(label.Word))];
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
        if (options && task.Kind != TaskKind.Labels) throw new ArgumentException($"The task '{task.Name}' has no labels to be options.", nameof(options));
        _options = options ? Checked(tokenizer.Encode($"options: {string.Join(',', task.Labels.Select(static label => label.Word))}")) : [];
        int taken = tokenizer.Encode(prefix, EncodeOptions.SpecialPieces).Length + _options.Length;
        if (taken > sourceLength - 2)
            throw new ArgumentException(
                $"Prefix and options of the task '{task.Name}' are {taken} tokens, expected {sourceLength - 2} at most, to leave room for a text.");
    }

    /// <summary>The task.</summary>
    public TaskDeclaration Task { get; }

    /// <summary>Tokens of a text at most.</summary>
    public int SourceLength { get; }

    /// <summary>Whether the label words stand behind every text.</summary>
    public bool HasOptions { get; }

    /// <summary>Token ids of each label word, end of sequence included; none for a task with candidates.</summary>
    public IReadOnlyList<int[]> LabelIds { get; }

    /// <summary>The same codec with another prefix: evaluated so, a prompt shows how much it rests on the one it was trained with.</summary>
    /// <exception cref="ArgumentException">The prefix leaves no room for a text.</exception>
    public TaskCodec WithPrefix(string prefix) => new(Task, _tokenizer, _config, SourceLength, prefix, HasOptions);

    /// <summary>Token ids of a text with its prefix and options; the end of sequence stays where the rest is cut.</summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public int[] Encode(string text)
    {
        int[] ids = Checked(_tokenizer.Encode(_prefix + text, EncodeOptions.ModelInput));
        int room = SourceLength - 1 - _options.Length, kept = Math.Min(ids.Length - 1, room);
        return kept == ids.Length - 1 && _options.Length == 0 ? ids : [.. ids.AsSpan(0, kept), .. _options, ids[^1]];
    }

    /// <summary>An example as the model reads it.</summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public EncodedExample Encode(TaskExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return new EncodedExample(Encode(example.Text), example.Label)
        {
            Example = example,
            Candidates = example.Candidates is { } candidates ? [.. candidates.Select(EncodeTarget)] : null,
        };
    }

    /// <summary>Token ids of what an example is answered with, end of sequence included.</summary>
    public int[] TargetOf(EncodedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return (example.Candidates ?? LabelIds)[example.Label];
    }

    /// <summary>The text of generated ids, without special pieces and space at its ends.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        // A model has ids that no piece stands for, to make its vocabulary a round number.
        int[] known = ids.ToArray();
        for (int i = 0; i < known.Length; i++)
        {
            if (known[i] >= _tokenizer.VocabularySize) known[i] = _tokenizer.UnknownId;
        }
        return _tokenizer.Decode(known).Trim();
    }

    private int[] EncodeTarget(string text) => Checked(_tokenizer.Encode(text, EncodeOptions.EndOfSequence));

    private int[] Checked(int[] ids)
    {
        foreach (int id in ids)
        {
            if ((uint)id < (uint)_config.VocabularySize) continue;
            throw new ArgumentException(
                $"Token {id} ('{_tokenizer.IdToPiece(id)}') of the tokenizer is outside the model's vocabulary, expected 0 to {_config.VocabularySize - 1}.");
        }
        return ids;
    }
}
