using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Teacher-forced loss over a vocabulary.</summary>
public static class CrossEntropyOperation
{
    /// <summary>
    /// Σ over rows of scale[i] · −log softmax(logits[i])[labels[i]], a scalar [1]: logits [R, V], labels Int32 [R]
    /// (negative = ignored). Without scales, the mean over the rows that are not ignored. The gradient takes the place
    /// of the logits where nothing else refers to them.
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="logits">[R, V]; unless a leaf, its memory may be reused for the gradient: its value must not be
    /// read after the backward pass.</param>
    /// <param name="labels">Int32 [R].</param>
    /// <param name="scales">[R], or null for the mean.</param>
    /// <param name="rowLosses">Receives −log softmax(logits[i])[labels[i]] of each row [R], 0 where it is ignored; null
    /// for none.</param>
    /// <exception cref="ArgumentException">Every label is ignored.</exception>
    public static Variable CrossEntropy(
        this Tape tape, Variable logits, Tensor labels, Tensor? scales = null, Tensor? rowLosses = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int rows = logits.Value.Rows;
        if (scales is null)
        {
            int counted = labels.ToInt32().Count(static label => label >= 0);
            if (counted == 0) throw new ArgumentException($"CrossEntropy: all {rows} labels are ignored.");
            scales = tape.Allocate(rows);
            tape.Backend.Elementwise.Fill(scales, 1.0 / counted);
        }
        Tensor losses = tape.Allocate(rows), loss = tape.Allocate(1);
        tape.Backend.Loss.CrossEntropy(logits.Value, labels, losses, null, null);
        if (rowLosses is not null) tape.Backend.Elementwise.Copy(losses, rowLosses);
        tape.Backend.Elementwise.Multiply(losses, scales, losses);
        tape.Backend.Reduction.Sum(losses, loss);
        return tape.Record(loss, [logits], [logits.Value, labels, scales], (dLoss, saved) =>
        {
            // d logits[i] = (softmax − one-hot) · scale[i] · dLoss, over the logits themselves unless they are a
            // parameter, or an operation still to be undone has saved them: logits are the largest activation there is.
            bool mayOverwrite = !logits.IsLeaf && saved[0].Handles == (logits.Value.IsDisposed ? 1 : 2);
            Tensor dLogits = mayOverwrite ? saved[0] : tape.AllocateLike(saved[0]);
            Tensor scaled = tape.Allocate(rows), unused = tape.Allocate(rows);
            // scales [R, 1] · dLoss [1, 1], and not a number read from the device: the host would wait there for all of
            // the forward pass.
            using Tensor shares = saved[2].Reshape(rows, 1), factor = dLoss.Reshape(1, 1);
            using Tensor target = scaled.Reshape(rows, 1);
            tape.Backend.Matrix.Product(shares, false, factor, false, target);
            tape.Backend.Loss.CrossEntropy(saved[0], saved[1], unused, scaled, dLogits);
            tape.Pass(logits, dLogits);
        });
    }
}
