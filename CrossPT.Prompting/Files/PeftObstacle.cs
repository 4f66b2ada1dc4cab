namespace CrossPT.Prompting.Files;

/// <summary>
/// Why a target prompt is more than PEFT's prompt tuning can say: rows before the text of every example, the same for
/// all, and nothing else.
/// </summary>
public enum PeftObstacle
{
    /// <summary>Nothing: it is such rows.</summary>
    None,

    /// <summary>A mixer makes another prompt for each example, as ATTEMPT's does.</summary>
    PromptPerExample,

    /// <summary>It comes with an update of the model's embeddings, as DePT's does.</summary>
    EmbeddingUpdate,

    /// <summary>Its rows stand after the text or inside it.</summary>
    NotBeforeText,
}

/// <summary>What messages say of the obstacles.</summary>
internal static class PeftObstacles
{
    public static string Describe(this PeftObstacle obstacle) => obstacle switch
    {
        PeftObstacle.PromptPerExample => "a mixer makes another prompt for each example",
        PeftObstacle.EmbeddingUpdate => "it comes with an update of the model's embeddings",
        PeftObstacle.NotBeforeText => "its rows do not stand before the text",
        _ => throw new ArgumentOutOfRangeException(nameof(obstacle), obstacle, "Not an obstacle."),
    };
}
