using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Serving;

/// <summary>A task that a <see cref="PromptServer"/> answers.</summary>
public sealed record ServedTask
{
    internal ServedTask(string name, string run, TaskCodec codec, ServedPrompts prompts, int place)
    {
        Name = name;
        Run = run;
        Codec = codec;
        Prompts = prompts;
        Place = place;
    }

    /// <summary>Its name in requests.</summary>
    public string Name { get; internal init; }

    /// <summary>Name of the run folder or adapter it came from.</summary>
    public string Run { get; }

    /// <summary>Fields, labels and metrics.</summary>
    public TaskDeclaration Declaration => Codec.Task;

    /// <summary>
    /// How much of each source prompt, and of its own where that is one of them, its prompt takes; empty without a
    /// router, and where that depends on the text.
    /// </summary>
    public IReadOnlyList<(string Source, double Weight)> Router { get; internal init; } = [];

    /// <summary>Names of the router's columns.</summary>
    internal IReadOnlyList<string> Columns { get; init; } = [];

    internal TaskCodec Codec { get; }

    internal ServedPrompts Prompts { get; }

    /// <summary>Its place among the tasks of the prompts.</summary>
    internal int Place { get; }
}
