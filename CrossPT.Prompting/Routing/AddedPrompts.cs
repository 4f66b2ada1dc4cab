using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// A prompt of each task's own, combined with the routed one: T = routed ⊕ own, where ⊕ is a sum, a product or a
/// concatenation; with a share s, T = (1 − s)·routed ⊕ s·own, where s is fixed or σ(g_k) of a trained gate g_k of the
/// task.
/// </summary>
internal sealed class AddedPrompts : ILayer
{
    private readonly IPrompt[] _prompts;
    private readonly PromptCombination _combination;
    private readonly double? _share;
    private readonly Variable? _gates;
    private readonly string _gatesName;
    private readonly int _width;

    /// <summary>Prompts of K tasks; owned from now on, as are the gates.</summary>
    /// <param name="prompts">One a task, of one size.</param>
    /// <param name="width">H.</param>
    /// <param name="combination">⊕.</param>
    /// <param name="share">A fixed s; null for none.</param>
    /// <param name="gates">g [K, 1] of a learned s; null for none.</param>
    /// <param name="gatesName">Name of the gates in files and checkpoints.</param>
    public AddedPrompts(
        IPrompt[] prompts, int width, PromptCombination combination, double? share, Variable? gates, string gatesName)
    {
        _prompts = prompts;
        _width = width;
        _combination = combination;
        _share = share;
        _gates = gates;
        _gatesName = gatesName;
        PromptParameter[] trainedGates = gates is { RequiresGradient: true }
            ? [new PromptParameter(gatesName, gates, ParameterRole.Router)]
            : [];
        Parameters = [.. prompts.SelectMany(static prompt => prompt.Parameters), .. trainedGates];
    }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    /// <summary>Rows of a combined prompt, of routed ones of <paramref name="length"/> rows.</summary>
    public int LengthWith(int length)
        => _combination == PromptCombination.Concatenation ? length + _prompts[0].Length : length;

    /// <summary>The combined prompts of n rows [n, L·H].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="routed">[n, L₁·H].</param>
    /// <param name="rowTasks">Index of the task of each row, n.</param>
    /// <param name="leftOut">Whether the own prompts are left out; their rows of a concatenation are then
    /// zeros.</param>
    public Variable Combine(Tape tape, Variable routed, int[] rowTasks, bool leftOut)
    {
        Tensor rows = TensorData.FromInt32(tape.Backend, rowTasks, rowTasks.Length);
        Variable? own = leftOut ? null : tape.GatherRows(tape.Stack(_prompts), rows);
        if (_share is { } share)
        {
            routed = tape.Scale(routed, 1 - share);
            own = own is null ? null : tape.Scale(own, share);
        }
        else if (_gates is not null)
        {
            Variable gates = tape.GatherRows(_gates, rows);
            // 1 − σ(g) = σ(−g)
            routed = tape.ScaleRows(routed, tape.Activate(tape.Scale(gates, -1), Activation.Sigmoid));
            own = own is null ? null : tape.ScaleRows(own, tape.Activate(gates, Activation.Sigmoid));
        }
        if (_combination == PromptCombination.Concatenation)
            return Concatenate(tape, routed, own ?? tape.Zeros(rowTasks.Length, _prompts[0].Length * _width));
        if (own is null) return routed;
        return _combination == PromptCombination.Product ? tape.Multiply(routed, own) : tape.Add(routed, own);
    }

    public IReadOnlyList<PromptPart> Save(Tape tape)
    {
        List<PromptPart> parts = [.. _prompts.SelectMany(prompt => prompt.Save(tape))];
        if (_gates is not null) parts.Add(new PromptPart(_gatesName, _gates.Value.Share()));
        return parts;
    }

    public void Dispose()
    {
        foreach (IPrompt prompt in _prompts) prompt.Dispose();
        _gates?.Dispose();
    }

    /// <summary>[first; second] row by row: [n, (L₁ + L₂)·H].</summary>
    private Variable Concatenate(Tape tape, Variable first, Variable second)
    {
        int n = first.Value.Rows, one = first.Value.Columns / _width, two = second.Value.Columns / _width;
        Variable all = tape.ConcatenateRows(
            tape.Reshape(first, n * one, _width), tape.Reshape(second, n * two, _width));
        int[] order = new int[n * (one + two)];
        for (int i = 0; i < order.Length; i++)
        {
            (int row, int place) = Math.DivRem(i, one + two);
            order[i] = place < one ? (row * one) + place : (n * one) + (row * two) + place - one;
        }
        Variable ordered = tape.GatherRows(all, TensorData.FromInt32(tape.Backend, order, order.Length));
        return tape.Reshape(ordered, n, (one + two) * _width);
    }
}
