using System.Globalization;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tasks;

/// <summary>Turns a task's rows and labels into token ids.</summary>
/// <remarks>
/// Special pieces, as <c>&lt;extra_id_0&gt;</c>, are what they stand for in label words, prefixes and templates; in the
/// rows' own text they are ordinary text.
/// </remarks>
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
    /// <param name="sourceLength">
    /// Tokens of a text at most, end of sequence included; what is beyond is cut. Prompt rows come on top and are never
    /// cut.
    /// </param>
    /// <param name="prefix">Stands before every text and is never cut: <see cref="TaskPrefix.TextFor"/>.</param>
    /// <param name="options">
    /// Whether the label words stand behind every text, <c> options: entailment,not_entailment</c>, never cut either.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Two labels have the same tokens, a token is outside the model's vocabulary, prefix and options leave no room for
    /// a text, or there are no labels to be options.
    /// </exception>
    public TaskCodec(
        TaskDeclaration task, ITokenizer tokenizer, T5Config config, int sourceLength, string prefix = "",
        bool options = false)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceLength, 2);
        Task = task;
        SourceLength = sourceLength;
        HasOptions = options;
        _tokenizer = tokenizer;
        _config = config;
        _prefix = prefix;
        LabelIds = [.. task.Labels.Select(label => Checked(tokenizer.Encode(label.Word, EncodeOptions.ModelInput)))];
        CheckDistinct();
        if (options && task.Kind != TaskKind.Labels)
            throw new ArgumentException($"The task '{task.Name}' has no labels to be options.", nameof(options));
        string words = string.Join(',', task.Labels.Select(static label => label.Word));
        _options = options ? Checked(tokenizer.Encode($"options: {words}", EncodeOptions.SpecialPieces)) : [];
        int taken = tokenizer.Encode(prefix, EncodeOptions.SpecialPieces).Length + _options.Length;
        if (taken > sourceLength - 2)
            throw new ArgumentException(
                $"Prefix and options of the task '{task.Name}' are {taken} tokens, "
                + $"expected {sourceLength - 2} at most, to leave room for a text.");
    }

    /// <summary>The task.</summary>
    public TaskDeclaration Task { get; }

    /// <summary>Tokens of a text at most.</summary>
    public int SourceLength { get; }

    /// <summary>Whether the label words stand behind every text.</summary>
    public bool HasOptions { get; }

    /// <summary>Token ids of each label word, end of sequence included; none for a task with candidates.</summary>
    public IReadOnlyList<int[]> LabelIds { get; }

    /// <summary>Label words with characters that the vocabulary has no piece for, a sentence each.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. Enumerable.Range(0, LabelIds.Count).Where(HasUnknown).Select(label =>
            $"task '{Task.Name}': the vocabulary has no piece for {UnknownIn(label)} in the label word "
            + $"'{Task.Labels[label].Word}'; the model reads {_tokenizer.IdToPiece(_tokenizer.UnknownId)} there"),
    ];

    /// <summary>
    /// The same codec with another prefix: evaluated so, a prompt shows how much it rests on the one it was trained
    /// with.
    /// </summary>
    /// <exception cref="ArgumentException">The prefix leaves no room for a text.</exception>
    public TaskCodec WithPrefix(string prefix) => new(Task, _tokenizer, _config, SourceLength, prefix, HasOptions);

    /// <summary>
    /// Token ids of a text with its prefix and options; the end of sequence stays where the rest is cut.
    /// </summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public int[] Encode(string text) => Encode(text, []);

    /// <summary>An example as the model reads it.</summary>
    /// <exception cref="ArgumentException">A token is outside the model's vocabulary.</exception>
    public EncodedExample Encode(Example example)
    {
        ArgumentNullException.ThrowIfNull(example);
        int[][]? candidates = example.Candidates?.Select(EncodeCandidate).ToArray();
        int[] target = (candidates ?? LabelIds)[example.Label];
        return new EncodedExample(Encode(example.Text, example.Literals), target, example.Label)
        {
            Example = example,
            Candidates = candidates,
        };
    }

    /// <summary>The label word that generated ids are, else their text.</summary>
    internal string DecodeAnswer(int[] ids)
    {
        int end = Array.IndexOf(ids, _tokenizer.EndOfSequenceId);
        ReadOnlySpan<int> answer = ids.AsSpan(0, end < 0 ? ids.Length : end);
        for (int i = 0; i < LabelIds.Count; i++)
        {
            // Decoding would leave special pieces out.
            if (answer.SequenceEqual(LabelIds[i].AsSpan(0, LabelIds[i].Length - 1))) return Task.Labels[i].Word.Trim();
        }
        return Decode(ids);
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

    /// <summary>
    /// Tokens of an example's text before it is cut, end of sequence, prefix and options included, and whether one of
    /// them stands for what the vocabulary has no piece for.
    /// </summary>
    internal (int Length, bool IsUnknown) Measure(Example example)
    {
        int[] ids = EncodeWhole(example.Text, example.Literals);
        return (ids.Length + _options.Length, ids.Contains(_tokenizer.UnknownId));
    }

    /// <summary>A token as the vocabulary writes it.</summary>
    internal string PieceOf(int id) => _tokenizer.IdToPiece(id);

    private int[] EncodeWhole(string text, IReadOnlyList<Range> literals)
    {
        IEnumerable<Range> shifted = literals.Select(one =>
            (one.Start.Value + _prefix.Length)..(one.End.Value + _prefix.Length));
        return Checked(_tokenizer.Encode(_prefix + text, [0.._prefix.Length, .. shifted]));
    }

    private int[] Encode(string text, IReadOnlyList<Range> literals)
    {
        int[] ids = EncodeWhole(text, literals);
        int room = SourceLength - 1 - _options.Length;
        int kept = Math.Min(ids.Length - 1, room);
        return kept == ids.Length - 1 && _options.Length == 0 ? ids : [.. ids.AsSpan(0, kept), .. _options, ids[^1]];
    }

    private int[] EncodeCandidate(string text) => Checked(_tokenizer.Encode(text, EncodeOptions.EndOfSequence));

    private void CheckDistinct()
    {
        for (int i = 1; i < LabelIds.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (!LabelIds[i].AsSpan().SequenceEqual(LabelIds[j])) continue;
                string first = Task.Labels[j].Word;
                string second = Task.Labels[i].Word;
                string reason = HasUnknown(i)
                    ? $": the vocabulary has no piece for {UnknownIn(j)} and {UnknownIn(i)}"
                    : "";
                throw new ArgumentException(
                    $"The labels '{first}' and '{second}' of the task '{Task.Name}' are the same tokens{reason}.");
            }
        }
    }

    private bool HasUnknown(int label) => LabelIds[label].Contains(_tokenizer.UnknownId);

    /// <summary>The characters of a label word that the vocabulary has no piece for, in quotes.</summary>
    private string UnknownIn(int label)
    {
        string word = Task.Labels[label].Word;
        foreach (string piece in LabelIds[label].Select(_tokenizer.IdToPiece))
        {
            // The characters of a special piece, as '<', need none of their own.
            if (piece.Length > 1) word = word.Replace(piece, " ", StringComparison.Ordinal);
        }
        List<string> unknown = [];
        TextElementEnumerator characters = StringInfo.GetTextElementEnumerator(word);
        while (characters.MoveNext())
        {
            string character = characters.GetTextElement();
            if (_tokenizer.Encode(character).Contains(_tokenizer.UnknownId)) unknown.Add($"'{character}'");
        }
        return unknown.Count > 0 ? string.Join(", ", unknown.Distinct()) : $"a part of '{Task.Labels[label].Word}'";
    }

    private int[] Checked(int[] ids)
    {
        foreach (int id in ids)
        {
            if ((uint)id < (uint)_config.VocabularySize) continue;
            throw new ArgumentException(
                $"Token {id} ('{_tokenizer.IdToPiece(id)}') of the tokenizer is outside the model's vocabulary, "
                + $"expected 0 to {_config.VocabularySize - 1}.");
        }
        return ids;
    }
}
