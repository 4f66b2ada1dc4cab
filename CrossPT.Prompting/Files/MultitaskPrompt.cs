using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>
/// Multitask prompt tuning (Wang et al. 2023) as PEFT saves it: the prompt of task k is P ∘ (C_k·R_k), with a shared
/// prompt P [P, H], <c>prefix_task_cols</c> C [K, P, r] and <c>prefix_task_rows</c> R [K, r, H]. Its tasks go by
/// number, 0 to K − 1.
/// </summary>
internal static class MultitaskPrompt
{
    public const string Columns = "prefix_task_cols", Rows = "prefix_task_rows";

    private const double MostOperations = 2e10;

    /// <summary>A prompt a task.</summary>
    /// <param name="source">The weights.</param>
    /// <param name="encoderRows">How many of P rows serve the encoder, and what to say of the others.</param>
    /// <exception cref="TensorFileException">The three tensors do not fit, or there are others.</exception>
    public static PromptFileForm Find(ITensorSource source, Func<int, (int Rows, string? Note)> encoderRows)
    {
        string[] names = [PeftAdapter.Prompt, Columns, Rows];
        (IReadOnlyList<TensorEntry> entries, string[] vocabulary) = PromptFileForm.WithoutVocabulary(source);
        if (entries.Count != names.Length || entries.Any(entry => !names.Contains(entry.Name)))
            throw Fail(
                $"{PromptFileForm.Describe(source.Entries)}, expected {string.Join(", ", names)}, as "
                    + $"{PeftConfig.Multitask} has");
        TensorEntry prompt = source.Get(PeftAdapter.Prompt), columns = source.Get(Columns), rows = source.Get(Rows);
        PromptCandidate.Require(source, prompt, rank: 2);
        PromptCandidate.Require(source, columns, rank: 3);
        PromptCandidate.Require(source, rows, rank: 3);
        int tasks = columns.Shape[0], length = prompt.Shape[0], width = prompt.Shape[1], rank = columns.Shape[2];
        if (columns.Shape[1] != length || rows.Shape[0] != tasks || rows.Shape[1] != rank || rows.Shape[2] != width)
            throw Fail($"{PromptFileForm.Describe(source.Entries)}, expected [P, H], [K, P, r] and [K, r, H]");
        if (tasks > PromptFileForm.MostPrompts)
            throw Fail($"holds prompts of {tasks} tasks, expected at most {PromptFileForm.MostPrompts}");
        double operations = (double)tasks * length * rank * width;
        if (operations > MostOperations)
            throw Fail($"has prompts of {operations:G2} operations, expected at most {MostOperations:G2}");
        (int used, string? note) = encoderRows(length);
        Lazy<(double[] Prompt, double[] Columns, double[] Rows)> values = new(
            () => (source.ReadDoubles(PeftAdapter.Prompt), source.ReadDoubles(Columns), source.ReadDoubles(Rows)));
        string[] notes = note is null ? vocabulary : [note, .. vocabulary];
        return PromptFileForm.Numbered(
            [.. Enumerable.Range(0, tasks)
                .Select(
                    task => new PromptCandidate($"{task}", width, prompt.DType, () => Compose(task))
                    {
                        Notes = notes,
                    })],
            $"holds the prompts of {tasks} tasks, 0 to {tasks - 1}");

        TensorFileException Fail(string problem) => new(source.Path, problem);

        float[] Compose(int task)
        {
            (double[] shared, double[] c, double[] r) = values.Value;
            float[] result = new float[used * width];
            double[] line = new double[width];
            for (int row = 0; row < used; row++)
            {
                Array.Clear(line);
                for (int k = 0; k < rank; k++)
                {
                    double factor = c[(((task * length) + row) * rank) + k];
                    ReadOnlySpan<double> right = r.AsSpan(((task * rank) + k) * width, width);
                    for (int column = 0; column < width; column++) line[column] += factor * right[column];
                }
                for (int column = 0; column < width; column++)
                    result[(row * width) + column] = (float)(shared[(row * width) + column] * line[column]);
            }
            return result;
        }
    }
}
