using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>A prompt of each task's own, put together with what is there: whole, or a share of the one and the rest of the other.</summary>
internal sealed class AddedPrompts : IDisposable
{
    private readonly IPromptRows[] _prompts;
    private readonly PrivateSettings _settings;
    private readonly Variable? _gates;
    private readonly int _width;

    /// <summary>Prompts of K tasks; owned from now on, as are the gates [K, 1], which are given where shares are learned.</summary>
    public AddedPrompts(IPromptRows[] prompts, PrivateSettings settings, int width, Variable? gates, string gatesName)
    {
        (_prompts, _settings, _width, _gates) = (prompts, settings, width, gates);
        Parameters =
        [
            .. prompts.SelectMany(static prompt => prompt.Parameters),
            .. gates is { RequiresGradient: true } ? [new PromptParameter(gatesName, gates, ParameterRole.Router)] : Array.Empty<PromptParameter>(),
        ];
        GatesName = gatesName;
    }

    /// <summary>What is trained.</summary>
    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>The prompts by task.</summary>
    public IReadOnlyList<IPromptRows> Prompts => _prompts;

    /// <summary>The gates [K, 1]; null where shares are not learned.</summary>
    public Variable? Gates => _gates;

    /// <summary>Name of the gates in files and checkpoints.</summary>
    public string GatesName { get; }

    /// <summary>Rows of one prompt.</summary>
    public int Length => _prompts[0].Length;

    /// <summary>Rows after <paramref name="length"/> rows are put together with these.</summary>
    public int LengthWith(int length) => length == 0 ? Length : _settings.Combination == PromptCombination.Concatenation ? length + Length : length;

    /// <summary>All prompts [K, L·H].</summary>
    public Variable Stack(Tape tape) => PromptStack.Of(tape, _prompts, Length * _width);

    /// <summary>Puts the tasks' prompts together with <paramref name="routed"/> [n, L₁·H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="routed">What is there; null for nothing.</param>
    /// <param name="stack">What <see cref="Stack"/> gave.</param>
    /// <param name="rows">The task of each of the n rows.</param>
    /// <param name="without">Whether these prompts are left out: then their rows of a concatenation, or all where nothing else is there, are zeros.</param>
    public Variable Combine(Tape tape, Variable? routed, Variable stack, int[] rows, bool without)
    {
        Variable? own = without ? null : tape.GatherRows(stack, TensorData.FromInt32(tape.Backend, rows, rows.Length));
        if (routed is null) return own ?? Zeros(tape, rows.Length);
        if (_settings.Share == ShareKind.Fixed)
        {
            routed = tape.Scale(routed, 1 - _settings.FixedShare);
            own = own is null ? null : tape.Scale(own, _settings.FixedShare);
        }
        else if (_gates is not null)
        {
            routed = tape.Product(tape.ShareGate(_gates, rows, rest: true), routed);
            own = own is null ? null : tape.Product(tape.ShareGate(_gates, rows, rest: false), own);
        }
        return _settings.Combination switch
        {
            PromptCombination.Concatenation => Concatenate(tape, routed, own ?? Zeros(tape, rows.Length)),
            _ when own is null => routed,
            PromptCombination.Product => tape.Multiply(routed, own),
            _ => tape.Add(routed, own),
        };
    }

    /// <summary>Frees prompts and gates.</summary>
    public void Dispose()
    {
        foreach (IPromptRows prompt in _prompts) prompt.Dispose();
        _gates?.Dispose();
    }

    private Variable Zeros(Tape tape, int rows)
    {
        Tensor zeros = tape.Allocate(rows, Length * _width);
        tape.Backend.Elementwise.Fill(zeros, 0);
        return Variable.Constant(zeros);
    }

    /// <summary>[first; second] row by row: [n, (L₁ + L₂)·H].</summary>
    private Variable Concatenate(Tape tape, Variable first, Variable second)
    {
        int n = first.Value.Rows, one = first.Value.Columns / _width, two = second.Value.Columns / _width;
        Variable all = tape.ConcatenateRows(tape.Reshape(first, n * one, _width), tape.Reshape(second, n * two, _width));
        int[] order = new int[n * (one + two)];
        for (int i = 0; i < order.Length; i++)
        {
            (int row, int place) = Math.DivRem(i, one + two);
            order[i] = place < one ? (row * one) + place : (n * one) + (row * two) + place - one;
        }
        return tape.Reshape(tape.GatherRows(all, TensorData.FromInt32(tape.Backend, order, order.Length)), n, (one + two) * _width);
    }
}
