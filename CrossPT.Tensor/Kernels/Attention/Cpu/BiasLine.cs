namespace CrossPT.Tensors.Cpu;

/// <summary>
/// The relative position bias of one head as a line: element (key position − query position + last query position). The
/// biases of a query's keys are then a stretch of it, read as vectors; no [T, T] table exists.
/// </summary>
internal static unsafe class BiasLine
{
    /// <summary>Floats a line needs, with room for a whole vector past its end.</summary>
    public static int Length(in HeadTask task) => LastPosition(task) + task.Keys + (2 * Panels.Width);

    /// <summary>Fills the line from the table.</summary>
    public static void Fill(PositionBias bias, in HeadTask task, float* line)
    {
        float* table = (float*)bias.Table.Address;
        int* buckets = (int*)bias.Buckets.Address;
        int heads = bias.Table.Columns, length = Length(task);
        for (int i = 0; i < length; i++)
        {
            int distance = i - LastPosition(task);
            line[i] = Math.Abs(distance) <= bias.Reach
                ? table[((nint)buckets[distance + bias.Reach] * heads) + task.Head]
                : 0;
        }
    }

    /// <summary>
    /// The bias of key 0 for the query at <paramref name="position"/>; those of the other keys follow.
    /// </summary>
    public static float* For(float* line, in HeadTask task, int position) => line + (LastPosition(task) - position);

    private static int LastPosition(in HeadTask task) => Math.Max(task.Keys, task.Queries) - 1;
}
