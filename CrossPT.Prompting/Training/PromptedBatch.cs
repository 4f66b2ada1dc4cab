using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Examples of any tasks end to end, without padding, each with rows kept free for its own task's prompt, before its
/// text or after it.
/// </summary>
public sealed class PromptedBatch
{
    private readonly int[] _tasks;
    private readonly int[] _textIds;
    private readonly int _length;
    private readonly PromptPosition _position;

    private PromptedBatch(
        int[] tasks, int[] textIds, SequenceOffsets texts, SequenceOffsets sources, int length, PromptPosition position)
    {
        (_tasks, _textIds, Texts, Sources, _length, _position) = (tasks, textIds, texts, sources, length, position);
    }

    /// <summary>Rows of each example, its prompt included.</summary>
    public SequenceOffsets Sources { get; }

    /// <summary>Rows of each example's text.</summary>
    public SequenceOffsets Texts { get; }

    /// <summary>Lays examples out.</summary>
    /// <param name="examples">The task's place and the token ids of each.</param>
    /// <param name="promptLength">Rows of a prompt; may be 0.</param>
    /// <param name="position">Where they stand.</param>
    public static PromptedBatch Create(
        IReadOnlyList<(int Task, int[] Source)> examples, int promptLength,
        PromptPosition position = PromptPosition.Before)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegative(promptLength);
        return new PromptedBatch(
            [.. examples.Select(static example => example.Task)],
            [.. examples.SelectMany(static example => example.Source)],
            SequenceOffsets.FromLengths([.. examples.Select(static example => example.Source.Length)]),
            SequenceOffsets.FromLengths([.. examples.Select(example => promptLength + example.Source.Length)]),
            promptLength, position);
    }

    /// <summary>Encoder states [R, H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="model">The model.</param>
    /// <param name="prompts">What stands beside the texts.</param>
    /// <param name="moment">The step of training; null in evaluation.</param>
    /// <param name="mask">What is left out of the prompts.</param>
    /// <param name="dropout">The model's dropout in that step; null for none.</param>
    public Variable Encode(
        Tape tape, T5Model model, ITargetPrompts prompts, TrainingMoment? moment = null, PromptMask? mask = null,
        TrainingDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Encode(tape, Embed(tape, model, prompts, moment, mask), Sources, dropout);
    }

    /// <summary>What the encoder reads [R, H]: prompts and embedded texts.</summary>
    public Variable Embed(
        Tape tape, T5Model model, ITargetPrompts prompts, TrainingMoment? moment = null, PromptMask? mask = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Length != _length || prompts.Position != _position)
        {
            throw new ArgumentException(
                $"PromptedBatch: prompts of {prompts.Length} rows {prompts.Position} the text, expected {_length} "
                    + $"rows {_position}, as laid out.", nameof(prompts));
        }
        PromptContext context = new(_tasks) { Moment = moment, Mask = mask };
        if (prompts.ReadsTexts) context = context with { Texts = model.Embed(tape, _textIds), TextOffsets = Texts };
        ComposedPrompts composed = prompts.Compose(tape, context);
        int[] ids = new int[Sources.Rows], promptRows = new int[Sources.Rows];
        Array.Fill(promptRows, -1);
        for (int i = 0; i < _tasks.Length; i++)
        {
            int text = TextStart(i);
            _textIds.AsSpan(Texts[i], Texts.LengthOf(i)).CopyTo(ids.AsSpan(text));
            int prompt = _position == PromptPosition.Before ? Sources[i] : Sources[i] + Texts.LengthOf(i);
            for (int p = 0; p < _length; p++) promptRows[prompt + p] = (composed.Blocks[i] * _length) + p;
        }
        Variable embedded = _length == 0 ? model.Embed(tape, ids) : model.Embed(tape, ids, composed.Rows, promptRows);
        return composed.TextUpdates is { } updates
            ? tape.Add(embedded, UpdatesInPlace(tape, updates, composed))
            : embedded;
    }

    private int TextStart(int example) => Sources[example] + (_position == PromptPosition.Before ? _length : 0);

    private Variable UpdatesInPlace(Tape tape, Variable updates, ComposedPrompts composed)
    {
        if (Texts.Longest > composed.TextUpdateLength)
        {
            throw new ArgumentException(
                $"PromptedBatch: a text of {Texts.Longest} tokens under an update of {composed.TextUpdateLength} "
                    + $"positions, expected no longer one.");
        }
        int[] rows = new int[Sources.Rows];
        Array.Fill(rows, -1);
        for (int i = 0; i < _tasks.Length; i++)
        {
            for (int t = 0; t < Texts.LengthOf(i); t++)
                rows[TextStart(i) + t] = (composed.Blocks[i] * composed.TextUpdateLength) + t;
        }
        Tensor zeros = tape.Allocate(Sources.Rows, updates.Shape[1]);
        tape.Backend.Elementwise.Fill(zeros, 0);
        return tape.PlaceRows(zeros, updates, rows);
    }
}
