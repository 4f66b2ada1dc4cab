using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Encoded examples of any tasks end to end, without padding, each with rows kept free for its own task's prompt,
/// before its text or after it.
/// </summary>
public sealed class Batch
{
    private readonly int[] _tasks;
    private readonly EncodedExample[] _examples;
    private readonly int _length;
    private readonly PromptPosition _position;

    private Batch(int[] tasks, EncodedExample[] examples, int length, PromptPosition position)
    {
        _tasks = tasks;
        _examples = examples;
        _length = length;
        _position = position;
        int[] lengths = Array.ConvertAll(examples, static example => example.Source.Length);
        Texts = SequenceOffsets.FromLengths(lengths);
        Sources = SequenceOffsets.FromLengths(Array.ConvertAll(lengths, text => length + text));
    }

    /// <summary>Place of each example's task among the prompts, B.</summary>
    public IReadOnlyList<int> Tasks => _tasks;

    /// <summary>The examples, B.</summary>
    public IReadOnlyList<EncodedExample> Examples => _examples;

    /// <summary>Rows of each example, its prompt included.</summary>
    public SequenceOffsets Sources { get; }

    /// <summary>Rows of each example's text.</summary>
    public SequenceOffsets Texts { get; }

    /// <summary>Lays examples out.</summary>
    /// <param name="examples">Each with its task's place.</param>
    /// <param name="promptLength">Rows of a prompt, P; may be 0.</param>
    /// <param name="position">Where the prompts stand.</param>
    public static Batch Create(
        IReadOnlyList<(int Task, EncodedExample Example)> examples, int promptLength,
        PromptPosition position = PromptPosition.Before)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegative(promptLength);
        return new Batch(
            [.. examples.Select(static one => one.Task)], [.. examples.Select(static one => one.Example)],
            promptLength, position);
    }

    /// <summary>Lays examples of one task out.</summary>
    /// <param name="task">The task's place.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="prompts">The prompts that the batch is for.</param>
    public static Batch Create(int task, IReadOnlyList<EncodedExample> examples, ITargetPrompts prompts)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(prompts);
        int[] tasks = new int[examples.Count];
        Array.Fill(tasks, task);
        return new Batch(tasks, [.. examples], prompts.Length, prompts.Position);
    }

    /// <summary>The examples' targets, for the decoder.</summary>
    /// <exception cref="ArgumentException">A target is empty.</exception>
    public TargetBatch CreateTargets(T5Config config) =>
        TargetBatch.Create(config, Array.ConvertAll(_examples, static example => example.Target));

    /// <summary>Encoder states [R, H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts beside the texts.</param>
    /// <param name="moment">The step of training; null in evaluation.</param>
    /// <param name="mask">Parts left out of the prompts.</param>
    /// <param name="dropout">The model's dropout in that step; null for none.</param>
    public Variable Encode(
        Tape tape, T5Model model, ITargetPrompts prompts, TrainingMoment? moment = null, PromptMask? mask = null,
        TrainingDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Encode(tape, Embed(tape, model, prompts, moment, mask), Sources, dropout);
    }

    /// <summary>The input of the encoder [R, H]: prompts and embedded texts.</summary>
    public Variable Embed(
        Tape tape, T5Model model, ITargetPrompts prompts, TrainingMoment? moment = null, PromptMask? mask = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Length != _length || prompts.Position != _position)
        {
            throw new ArgumentException(
                $"Batch: prompts of {prompts.Length} rows {prompts.Position} the text, expected {_length} "
                    + $"rows {_position}, as laid out.", nameof(prompts));
        }
        PromptContext context = new(_tasks) { Moment = moment, Mask = mask };
        if (prompts.ReadsTexts) context = context with { Texts = model.Embed(tape, TextIds()), TextOffsets = Texts };
        ComposedPrompts composed = prompts.Compose(tape, context);
        int[] ids = new int[Sources.Rows], promptRows = new int[Sources.Rows];
        Array.Fill(promptRows, -1);
        for (int i = 0; i < _tasks.Length; i++)
        {
            int text = TextStart(i);
            _examples[i].Source.CopyTo(ids, text);
            int prompt = _position == PromptPosition.Before ? Sources[i] : Sources[i] + Texts.LengthOf(i);
            for (int p = 0; p < _length; p++) promptRows[prompt + p] = (composed.Blocks[i] * _length) + p;
        }
        Variable embedded = _length == 0 ? model.Embed(tape, ids) : model.Embed(tape, ids, composed.Rows, promptRows);
        return composed.TextUpdates is { } updates
            ? tape.Add(embedded, UpdatesInPlace(tape, updates, composed))
            : embedded;
    }

    private int[] TextIds() => [.. _examples.SelectMany(static example => example.Source)];

    private int TextStart(int example) => Sources[example] + (_position == PromptPosition.Before ? _length : 0);

    private Variable UpdatesInPlace(Tape tape, Variable updates, ComposedPrompts composed)
    {
        if (Texts.Longest > composed.TextUpdateLength)
        {
            throw new ArgumentException(
                $"Batch: a text of {Texts.Longest} tokens under an update of {composed.TextUpdateLength} "
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
