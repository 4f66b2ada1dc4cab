using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Composition;

/// <summary>What a <see cref="PromptGraph"/> is made of; <see cref="PromptBuilder"/> makes it from settings.</summary>
internal sealed record PromptGraphParts
{
    /// <summary>Names of the K tasks.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>Where prompts stand.</summary>
    public PromptPosition Position { get; init; }

    /// <summary>H.</summary>
    public required int Width { get; init; }

    /// <summary>Names of the S source prompts.</summary>
    public IReadOnlyList<string> SourceNames { get; init; } = [];

    /// <summary>The source prompts, each [P, H].</summary>
    public IReadOnlyList<IPromptRows> Sources { get; init; } = [];

    /// <summary>Private prompts that are columns of the router, by task; null for none.</summary>
    public IReadOnlyList<IPromptRows>? Columns { get; init; }

    /// <summary>What the router's weights do; null where there is no router.</summary>
    public MixingLayout? Layout { get; init; }

    /// <summary>The router; null for none.</summary>
    public IPromptRouter? Router { get; init; }

    /// <summary>Private prompts that are added; null for none.</summary>
    public AddedPrompts? Private { get; init; }

    /// <summary>Whether the added private prompts are columns of the router too, as ATTEMPT has it.</summary>
    public bool PrivateIsColumn { get; init; }

    /// <summary>A second added prompt; null for none.</summary>
    public AddedPrompts? Target { get; init; }

    /// <summary>Updates of the embeddings of the text [T, H] by task; null for none.</summary>
    public IReadOnlyList<IPromptRows>? Updates { get; init; }

    /// <summary>Prompts that others are made from.</summary>
    public IReadOnlyList<IPromptRows> Shared { get; init; } = [];

    /// <summary>What a user should know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
