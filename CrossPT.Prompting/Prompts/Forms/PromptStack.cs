using CrossPT.Autograd;

namespace CrossPT.Prompting.Prompts.Forms;

/// <summary>Prompts of one size as rows of a matrix.</summary>
internal static class PromptStack
{
    /// <summary>[prompts, P·H]: each prompt one row, so that all weighted sums of them are one product.</summary>
    public static Variable Of(Tape tape, IReadOnlyList<IPromptRows> prompts, int columns)
    {
        var rows = new Variable[prompts.Count];
        for (int i = 0; i < rows.Length; i++) rows[i] = tape.Reshape(prompts[i].Rows(tape), 1, columns);
        return tape.ConcatenateRows(rows);
    }
}
