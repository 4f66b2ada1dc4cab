using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Composition;

/// <summary>All that target prompts are built from.</summary>
public sealed record PromptPlan
{
    /// <summary>The prompts' settings.</summary>
    public PromptSettings Prompt { get; init; } = new();

    /// <summary>The router's settings.</summary>
    public RouterSettings Router { get; init; } = new();

    /// <summary>Gives the width, the vocabulary and the back end.</summary>
    public required T5Model Model { get; init; }

    /// <summary>For prompts that start from a text.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Names of the K tasks.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>Source prompts that are loaded, each [P or more, H]. Without a router they are only there to start from.</summary>
    public IReadOnlyList<SourcePrompt> Sources { get; init; } = [];

    /// <summary>Names of source prompts that start from <see cref="SourceSettings.Start"/> and are trained; they come after the loaded ones.</summary>
    public IReadOnlyList<string> AnonymousSources { get; init; } = [];

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps of the training: where the router's temperature ends.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Tokens of a text at most, T: what an update of the text's embeddings covers.</summary>
    public int TextLength { get; init; }

    /// <summary>By task, what <see cref="PromptStart.Tuned"/> starts from, and <see cref="StartSettings.Best"/> of <see cref="PromptStart.Source"/>.</summary>
    public IReadOnlyDictionary<string, SourcePrompt>? Starts { get; init; }

    /// <summary>The logits [K][S] of <see cref="RouterStart.Evidence"/>.</summary>
    public IReadOnlyList<double[]>? Evidence { get; init; }
}
