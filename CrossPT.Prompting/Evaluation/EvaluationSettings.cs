using System.ComponentModel.DataAnnotations;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Evaluation;

/// <summary>How predictions come about.</summary>
public enum EvaluationMethod
{
    /// <summary>The likeliest label word or candidate: every prediction is one.</summary>
    Ranked,

    /// <summary>
    /// The text that greedy decoding writes: a label word or candidate letter by letter, spaces at its ends apart, or
    /// else no prediction; of a score, a number, or else −1.
    /// </summary>
    Greedy,
}

/// <summary>Rows to evaluate on.</summary>
public enum EvaluationSplit
{
    /// <summary>Those that are kept for the end.</summary>
    Test,

    /// <summary>Those that settings may be chosen by.</summary>
    Validation,
}

/// <summary>How a run is evaluated.</summary>
public sealed record EvaluationSettings : ICheckedRecord
{
    /// <summary>Largest number of test examples of each task, the first of a seeded order.</summary>
    /// <value>The default is all.</value>
    [Range(1, int.MaxValue)]
    public int? Examples { get; set; }

    /// <summary>Examples of a batch.</summary>
    [Range(1, RunConfiguration.Largest)]
    public int Batch { get; set; } = 16;

    /// <summary>How predictions are made: by ranking the label words, or greedy decoding.</summary>
    public EvaluationMethod By { get; set; }

    /// <summary>
    /// Whether the saved run is loaded and evaluated again, which must give the same bits; it takes as long as the
    /// evaluation.
    /// </summary>
    public bool VerifyReload { get; set; } = true;

    /// <summary>Rows to evaluate on: test rows, or validation rows while settings are still being chosen.</summary>
    public EvaluationSplit Split { get; set; }

    /// <summary>
    /// Text prefixes to evaluate every task under besides its own, one evaluation each (<c>prefixes.json</c>).
    /// </summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<TaskPrefix> Prefixes { get; set; } = [];

    /// <summary>
    /// Whether each source prompt and the private part are left out in turn, one evaluation each
    /// (<c>contribution.json</c>).
    /// </summary>
    public bool Contribution { get; set; }

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (Prefixes.DistinctBy(static prefix => prefix.Label).Count() == Prefixes.Count) return;
        throw section.Require("prefixes", "a list").Wrong("every prefix once");
    }
}
