using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Runner.Demo;

/// <summary>What a method's private prompts start from.</summary>
internal enum DemoStart
{
    /// <summary>As the prompt settings say.</summary>
    Settings,

    /// <summary>The source prompt behind which the loss on the training examples is least.</summary>
    BestSource,

    /// <summary>A source prompt of another skill.</summary>
    WrongSource,

    /// <summary>What plain prompt tuning of the same task came to.</summary>
    TunedPrompt,
}

/// <summary>A method of the demo: parts, learning rates, budget.</summary>
/// <param name="Key">What files and <c>--json</c> call it.</param>
/// <param name="Title">What the table calls it.</param>
/// <param name="Prompt">Its prompts.</param>
/// <param name="Router">Its router.</param>
/// <param name="Trials">
/// Learning rates that were tried on development seeds, as many for every method, the chosen one first: of private
/// prompts, and of the router.
/// </param>
internal sealed record DemoMethod(
    string Key, string Title, PromptSettings Prompt, RouterSettings Router,
    params (double Private, double Router)[] Trials)
{
    /// <summary>Updates; none for what is only measured.</summary>
    public int Steps { get; init; } = DemoMethods.Steps;

    /// <summary>Updates of the trials of one task, beside <see cref="Steps"/>.</summary>
    public int TrialSteps =>
        Router.Start == RouterStart.Trials ? SourceTrials.StepsOf(SourceTrials.Sources, Steps) : 0;

    /// <summary>What private prompts start from.</summary>
    public DemoStart Start { get; init; }

    /// <summary>
    /// Whether the seeds would learn from each other's examples if they shared what is shared over tasks, and so are
    /// trained apart.
    /// </summary>
    public bool SeedsApart { get; init; }
}
