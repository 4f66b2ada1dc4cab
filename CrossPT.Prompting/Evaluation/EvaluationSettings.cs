using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Rows to evaluate on.</summary>
public enum EvaluationSplit
{
    /// <summary>Those that are kept for the end.</summary>
    Test,

    /// <summary>Those that settings may be chosen by.</summary>
    Validation,
}

/// <summary>How a run is evaluated.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Test examples of each task at most, the first of a seeded order; null takes all.</summary>
    /// <value>The default is null.</value>
    public int? Examples { get; init; }

    /// <summary>Examples worked on together.</summary>
    /// <value>The default is 16.</value>
    public int Batch { get; init; } = 16;

    /// <summary>How predictions come about.</summary>
    /// <value>The default is <see cref="EvaluationMethod.Ranked"/>.</value>
    public EvaluationMethod By { get; init; }

    /// <summary>Whether the saved run is loaded again and evaluated again: every score must come out the same to the last bit.</summary>
    /// <value>The default is true. It takes as long as the evaluation.</value>
    public bool VerifyReload { get; init; } = true;

    /// <summary>Which rows it is evaluated on: those kept for the end or, while settings are still being chosen, those for choosing.</summary>
    /// <value>The default is <see cref="EvaluationSplit.Test"/>.</value>
    public EvaluationSplit Split { get; init; }

    /// <summary>Text prefixes under which every task is evaluated besides its own: how much rests on the prefix and how much on the prompt.</summary>
    /// <value>The default is none. Each takes an evaluation.</value>
    public IReadOnlyList<TaskPrefix> Prefixes { get; init; } = [];

    /// <summary>Whether it is measured what each source prompt and the private part are worth, by leaving them out.</summary>
    /// <value>The default is false. It takes an evaluation for each source prompt and up to three more.</value>
    public bool Contribution { get; init; }
}
