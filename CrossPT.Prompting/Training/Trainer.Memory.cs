namespace CrossPT.Prompting.Training;

/// <content>A batch that does not fit into the device's memory.</content>
public sealed partial class Trainer
{
    private double BackwardWithin(TrainingBatch[] batches, int place, double[] sums, int[] tokens)
    {
        try
        {
            return Backward(batches[place], _step, sums, tokens);
        }
        catch (OutOfMemoryException error)
        {
            TrainingBatch batch = batches[place];
            int most = LargestThatFits(batch);
            string advice = most == 0
                ? "not even the longest example alone does"
                : $"{most} of the longest examples do: expected training.batch {most} at most";
            throw new OutOfMemoryException(
                $"step {_step + 1}: a batch of {batch.Tasks.Length} examples, {batch.Inputs.Sources.Rows} rows with "
                    + $"their prompts, does not fit; {advice}. {error.Message}", error);
        }
    }

    /// <summary>
    /// How many examples go through forward and backward, found by trying halves: what a step needs depends on lengths
    /// and on what of the pool lies free in one piece.
    /// </summary>
    private int LargestThatFits(TrainingBatch batch)
    {
        int most = 0, tooMany = batch.Tasks.Length;
        while (tooMany - most > 1)
        {
            int middle = (most + tooMany) / 2;
            if (Fits(batch, middle)) most = middle;
            else tooMany = middle;
        }
        return most;
    }

    private bool Fits(TrainingBatch batch, int count)
    {
        try
        {
            _ = Backward(
                _batches.LongestOf(batch.Tasks, count), _step, new double[_tasks.Length], new int[_tasks.Length]);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
        finally
        {
            _optimizer.ClearGradients();
        }
    }
}
