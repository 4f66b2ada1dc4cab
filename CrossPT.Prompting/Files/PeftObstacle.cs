using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;

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

/// <summary>What a run's prompts have that PEFT has no place for, out of the run's <c>config.json</c>.</summary>
public static class RunPeftObstacle
{
    /// <summary>
    /// The obstacle, or none: also where the path is no run, or a folder of prompts without a record of one.
    /// </summary>
    /// <exception cref="ConfigurationException">The record is broken, or the run has no prompts, for its model was
    /// trained whole.</exception>
    public static PeftObstacle Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string record = Path.Combine(path, RunFolder.ConfigName);
        bool isRun = File.Exists(Path.Combine(path, RunFolder.PromptsName))
            || Directory.Exists(Path.Combine(path, RunFolder.ModelName));
        if (!isRun || !File.Exists(record) || !ConfigReader.ReadFile(record).AsSection().TryGet("configuration", out _))
            return PeftObstacle.None;
        RunConfiguration configuration = RunRecord.Load(record).Configuration;
        if (configuration.TrainsModel)
            throw new ConfigurationException(path, "has no prompts: all weights of its model were trained");
        if (configuration.Router.Kind == RouterKind.Attempt) return PeftObstacle.PromptPerExample;
        if (configuration.Prompt.UpdateRank > 0) return PeftObstacle.EmbeddingUpdate;
        return configuration.Prompt.Position == PromptPosition.Before ? PeftObstacle.None : PeftObstacle.NotBeforeText;
    }
}
