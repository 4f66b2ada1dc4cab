namespace CrossPT.Tensors.Cpu;

/// <summary>
/// The relative position bias of one head as a line: element (query position − key position + keys − 1). The biases of
/// one key for consecutive queries are then a stretch of it, read as vectors; no [T, T] table exists.
/// </summary>
internal static unsafe class BiasLine
{
    /// <summary>Floats a line needs, with room for a whole panel of queries from any of them.</summary>
    public static int Length(in HeadTask task) => Math.Max(task.Keys, task.Queries) + task.Keys + Panels.Width;

    /// <summary>Fills the line from the table.</summary>
    public static void Fill(PositionBias bias, in HeadTask task, float* line)
    {
        float* table = (float*)bias.Table.Address;
        int* buckets = (int*)bias.Buckets.Address;
        int heads = bias.Table.Columns, length = Length(task);
        for (int i = 0; i < length; i++)
        {
            int distance = task.Keys - 1 - i;
            line[i] = Math.Abs(distance) <= bias.Reach
                ? table[((nint)buckets[distance + bias.Reach] * heads) + task.Head]
                : 0;
        }
    }

    /// <summary>
    /// The bias of a key for query <paramref name="query"/>; those of the queries after it follow, and the element
    /// before is the next key's.
    /// </summary>
    public static float* For(float* line, in HeadTask task, int query, int key)
        => line + (task.Position(query) - key + task.Keys - 1);

    /// <summary>Adds a line of gradients to the gradient of the table.</summary>
    public static void AddTo(Tensor tableGradient, PositionBias bias, in HeadTask task, float* line)
    {
        float* table = (float*)tableGradient.Address;
        int* buckets = (int*)bias.Buckets.Address;
        int heads = tableGradient.Columns;
        // Beyond the last query the line holds zeros.
        int last = task.Position(task.Queries - 1) + task.Keys - 1;
        for (int i = 0; i <= last; i++)
            table[((nint)buckets[task.Keys - 1 - i + bias.Reach] * heads) + task.Head] += line[i];
    }
}
