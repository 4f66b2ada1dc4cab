
namespace CrossPT.Prompting.Prompts;

/// <summary>The form a prompt is trained in; every one collapses to [P, H].</summary>
public enum PromptForm
{
    /// <summary>The rows themselves.</summary>
    Full,

    /// <summary>P₀ + A·B, with P₀ frozen: r·(P + H) numbers.</summary>
    LowRank,

    /// <summary>A table through a two-layer perceptron: W₂·φ(W₁·E + b₁) + b₂.</summary>
    Mlp,

    /// <summary>The same added to the table: E + W₂·φ(W₁·E + b₁) + b₂ (Residual Prompt Tuning).</summary>
    ResidualMlp,

    /// <summary>P* ∘ (U_k·V_k) with P* shared by all tasks and trained (MPT).</summary>
    Multiplicative,
}

/// <summary>The function between the layers of a perceptron.</summary>
public enum PromptActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>The tanh form of GELU.</summary>
    Gelu,
}

/// <summary>How a prompt is parameterised.</summary>
public sealed record FormSettings
{
    /// <summary>The form.</summary>
    /// <value>The default is <see cref="PromptForm.Full"/>.</value>
    public PromptForm Form { get; init; }

    /// <summary>r of <see cref="PromptForm.LowRank"/> (4 where null) and <see cref="PromptForm.Multiplicative"/> (1 where null).</summary>
    public int? Rank { get; init; }

    /// <summary>Width of a perceptron's hidden layer; null for H.</summary>
    public int? Hidden { get; init; }

    /// <summary>Hidden layers of a perceptron, 1 or 2.</summary>
    /// <value>The default is 1.</value>
    public int Layers { get; init; } = 1;

    /// <summary>The function between a perceptron's layers.</summary>
    /// <value>The default is <see cref="PromptActivation.Relu"/>.</value>
    public PromptActivation Activation { get; init; }
}

/// <summary>What a prompt starts from.</summary>
public sealed record StartSettings
{
    /// <summary>Kind of start.</summary>
    public PromptStart Kind { get; init; }

    /// <summary>With <see cref="PromptStart.Text"/>: its pieces' embeddings, repeated or cut to P rows.</summary>
    public string? Text { get; init; }

    /// <summary>With <see cref="PromptStart.File"/>: the prompt file; <c>{task}</c> in it stands for the task's name.</summary>
    public string? File { get; init; }

    /// <summary>In place of a source prompt's name: the one behind which the frozen model's loss on the task's training examples is least (SPoT).</summary>
    public const string Best = "best";

    /// <summary>In place of a source prompt's name: the first of the run, as ATTEMPT has it.</summary>
    public const string First = "first";

    /// <summary>With <see cref="PromptStart.Source"/>: the name of a source prompt of the run, <see cref="Best"/> or <see cref="First"/>.</summary>
    public string? Source { get; init; }
}

/// <summary>What a private prompt is to the composed one.</summary>
public enum PrivateRole
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It is put together with what the router made of the source prompts.</summary>
    Added,

    /// <summary>It is a further column of the router that its own task alone can take.</summary>
    Column,
}

/// <summary>How an added prompt is put together with the routed one.</summary>
public enum PromptCombination
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their element-wise product.</summary>
    Product,

    /// <summary>One after the other: the routed rows, then the added ones.</summary>
    Concatenation,
}

/// <summary>How much of an added prompt is taken.</summary>
public enum ShareKind
{
    /// <summary>All of both: routed ⊕ added.</summary>
    Whole,

    /// <summary>(1 − s)·routed ⊕ s·added with a fixed s.</summary>
    Fixed,

    /// <summary>The same with s = σ(g_k), g_k trained with the router, from 0.</summary>
    Learned,
}

/// <summary>A task's own prompt.</summary>
public sealed record PrivateSettings
{
    /// <summary>What it is to the composed one.</summary>
    /// <value>The default is <see cref="PrivateRole.Added"/>.</value>
    public PrivateRole Role { get; init; } = PrivateRole.Added;

    /// <summary>How it is parameterised.</summary>
    public FormSettings Form { get; init; } = new();

    /// <summary>What it starts from.</summary>
    public StartSettings Start { get; init; } = new();

    /// <summary>How it is put together with the routed prompt, where it is added.</summary>
    public PromptCombination Combination { get; init; }

    /// <summary>How much of it is taken, where it is added.</summary>
    public ShareKind Share { get; init; }

    /// <summary>s in [0, 1], with <see cref="ShareKind.Fixed"/>.</summary>
    public double FixedShare { get; init; } = 0.5;
}

/// <summary>The source prompts of a run.</summary>
public sealed record SourceSettings
{
    /// <summary>Whether they are trained on.</summary>
    /// <value>The default is false.</value>
    public bool Trained { get; init; }

    /// <summary>How they are parameterised where they are trained.</summary>
    public FormSettings Form { get; init; } = new();

    /// <summary>What anonymous ones start from.</summary>
    /// <value>The default is <see cref="PromptStart.Uniform"/>.</value>
    public StartSettings Start { get; init; } = new() { Kind = PromptStart.Uniform };

    /// <summary>The size that loaded and trained ones are brought to.</summary>
    /// <value>The default is <see cref="SourceScale.Mean"/>.</value>
    public SourceScale Scale { get; init; }
}

/// <summary>What becomes of the chosen source prompts P_s with weights a_s.</summary>
public enum CompositionKind
{
    /// <summary>Σ a_s·P_s, the routed private prompt among them.</summary>
    Average,

    /// <summary>[a_1·P_1; …; a_k·P_k], one after the other.</summary>
    Concatenation,

    /// <summary>Σ a_s·P_s over the shared ones, plus the routed private prompt whole.</summary>
    Sum,

    /// <summary>Σ a_s·P_s over the shared ones, times the routed private prompt, element by element.</summary>
    Product,

    /// <summary>The element-wise mean of a_s·P_s.</summary>
    MeanPool,

    /// <summary>The element-wise maximum of a_s·P_s.</summary>
    MaxPool,
}

/// <summary>The prompts of a run.</summary>
public sealed record PromptSettings
{
    /// <summary>Rows of every prompt, P; source prompts that have more give their first ones. Null takes the source prompts' own length, or 10.</summary>
    /// <value>The default is null.</value>
    public int? Length { get; init; }

    /// <summary>Where the composed prompt stands.</summary>
    public PromptPosition Position { get; init; }

    /// <summary>What becomes of the chosen source prompts.</summary>
    public CompositionKind Composition { get; init; }

    /// <summary>The source prompts.</summary>
    public SourceSettings Sources { get; init; } = new();

    /// <summary>Private prompts.</summary>
    public PrivateSettings Private { get; init; } = new();

    /// <summary>An added prompt beside a routed private one; null for none. Its learning rate is its own.</summary>
    public PrivateSettings? Target { get; init; }

    /// <summary>Rank of DePT's update of the text's embeddings; 0 for none.</summary>
    public int UpdateRank { get; init; }
}
