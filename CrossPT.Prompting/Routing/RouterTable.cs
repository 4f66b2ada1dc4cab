using CrossPT.Prompting.Composition;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>How much of each column every task takes, in evaluation.</summary>
/// <param name="Tasks">Names of the K tasks.</param>
/// <param name="Columns">Names of the C columns: the source prompts, then <see cref="PrivateColumn"/> where the private prompt is one.</param>
/// <param name="Logits">[K][C].</param>
/// <param name="Weights">[K][C].</param>
/// <param name="Temperature">τ of evaluation.</param>
public sealed record RouterTable(IReadOnlyList<string> Tasks, IReadOnlyList<string> Columns, double[][] Logits, double[][] Weights, double Temperature)
{
    /// <summary>What the column of a task's own prompt is called.</summary>
    public const string PrivateColumn = "private";

    internal static RouterTable? Of(PromptGraphParts parts)
    {
        if (parts.Layout is null) return null;
        string[] columns = [.. parts.SourceNames, .. parts.Layout.HasPrivate ? [PrivateColumn] : Array.Empty<string>()];
        switch (parts.Router)
        {
            case TaskRouter router:
                return new RouterTable(parts.Tasks, columns, [.. router.Logits.Value.ToDoubles().Chunk(columns.Length)],
                    router.ToWeights(), router.Temperature);
            case UniformRouter uniform:
                double[][] zeros = [.. parts.Tasks.Select(_ => new double[columns.Length])];
                return new RouterTable(parts.Tasks, columns, zeros, [.. zeros.Select(row => Array.ConvertAll(row, _ => uniform.Weight))], 1);
            default:
                return null;
        }
    }
}
