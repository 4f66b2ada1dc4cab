using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

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
    /// <summary>The form the prompt is trained in.</summary>
    public PromptForm Form { get; set; }

    /// <summary>
    /// Rank r of the form <see cref="PromptForm.LowRank"/> or <see cref="PromptForm.Multiplicative"/>.
    /// </summary>
    /// <value>The default is 4 in low rank, 1 in a product.</value>
    [Range(1, RunConfiguration.Largest), EffectiveWith("form", "low-rank", "multiplicative")]
    public int? Rank { get; set; }

    /// <summary>Width of a perceptron's hidden layer.</summary>
    /// <value>The default is H.</value>
    [Range(1, RunConfiguration.Largest), EffectiveWith("form", "mlp", "residual-mlp")]
    public int? Hidden { get; set; }

    /// <summary>Hidden layers of a perceptron.</summary>
    [Range(1, 2), EffectiveWith("form", "mlp", "residual-mlp")]
    public int Layers { get; set; } = 1;

    /// <summary>The function between a perceptron's layers.</summary>
    [EffectiveWith("form", "mlp", "residual-mlp")]
    public PromptActivation Activation { get; set; }
}

/// <summary>What a prompt starts from.</summary>
[StartFormat]
public sealed record StartSettings
{
    /// <summary>Kind of start.</summary>
    public PromptStart Kind { get; set; }

    /// <summary>With <see cref="PromptStart.Text"/>: its pieces' embeddings, repeated or cut to P rows.</summary>
    public string? Text { get; set; }

    /// <summary>
    /// With <see cref="PromptStart.File"/>: the prompt file; <c>{task}</c> in it stands for the task's name.
    /// </summary>
    public string? File { get; set; }

    /// <summary>
    /// In place of a source prompt's name: the one behind which the frozen model's loss on the task's training examples
    /// is least (SPoT).
    /// </summary>
    public const string Best = "best";

    /// <summary>In place of a source prompt's name: the first of the run, as ATTEMPT has it.</summary>
    public const string First = "first";

    /// <summary>
    /// With <see cref="PromptStart.Source"/>: the name of a source prompt of the run, <see cref="Best"/> or
    /// <see cref="First"/>.
    /// </summary>
    public string? Source { get; set; }
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
    /// <summary>Role of a task's own prompt in the composed one.</summary>
    public PrivateRole Role { get; set; } = PrivateRole.Added;

    /// <summary>How it is parameterised.</summary>
    [Inline]
    public FormSettings Form { get; set; } = new();

    /// <summary>Rows that training starts from.</summary>
    public StartSettings Start { get; set; } = new();

    /// <summary>How an added prompt is combined with the routed one.</summary>
    [JsonPropertyName("combine"), EffectiveWith("role", "added", AllowsDefault = true)]
    public PromptCombination Combination { get; set; }

    /// <summary>How much of it is taken, where it is added.</summary>
    [JsonIgnore]
    public ShareKind Share { get; set; }

    /// <summary>s in [0, 1], with <see cref="ShareKind.Fixed"/>.</summary>
    [JsonIgnore]
    public double FixedShare { get; set; } = 0.5;

    /// <summary>Share of an added prompt: all of both, a trained share, or a fixed one in [0, 1].</summary>
    [JsonInclude, JsonPropertyName("share"), ShareFormat, EffectiveWith("role", "added", AllowsDefault = true)]
    internal (ShareKind Kind, double Part) AddedShare
    {
        get => (Share, FixedShare);
        set
        {
            Share = value.Kind;
            FixedShare = value.Part;
        }
    }
}

/// <summary>The source prompts of a run.</summary>
public sealed record SourceSettings
{
    /// <summary>Whether source prompts are trained further.</summary>
    public bool Trained { get; set; }

    /// <summary>How they are parameterised where they are trained.</summary>
    [Inline]
    public FormSettings Form { get; set; } = new();

    /// <summary>Rows that source prompts from random numbers start from.</summary>
    public StartSettings Start { get; set; } = new() { Kind = PromptStart.Uniform };

    /// <summary>The size that loaded and trained ones are brought to.</summary>
    /// <value>The default is <see cref="SourceScale.Mean"/>.</value>
    [JsonIgnore]
    public SourceScale Scale { get; set; }
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
public sealed record PromptSettings : ICheckedRecord
{
    /// <summary>Rows of every prompt, P; of longer source prompts, the first P rows are used.</summary>
    /// <value>The default is the length of the loaded source prompts, else 10.</value>
    [Range(1, RunConfiguration.Largest)]
    public int? Length { get; set; }

    /// <summary>Where the prompt stands: before or after the text.</summary>
    public PromptPosition Position { get; set; }

    /// <summary>How the chosen source prompts are composed.</summary>
    public CompositionKind Composition { get; set; }

    /// <summary>Root mean square that source prompts are scaled to.</summary>
    [JsonInclude]
    internal SourceScale SourceScale
    {
        get => Sources.Scale;
        set => Sources = Sources with { Scale = value };
    }

    /// <summary>The source prompts.</summary>
    public SourceSettings Sources { get; set; } = new();

    /// <summary>Private prompts.</summary>
    public PrivateSettings Private { get; set; } = new();

    /// <summary>
    /// A second prompt of each task, added beside a routed private one; same keys as <c>prompt.private</c>.
    /// </summary>
    /// <value>The default is none; its <c>start</c> is <c>"vocabulary"</c>.</value>
    public PrivateSettings? Target { get; set; }

    /// <summary>Rank of DePT's update of the text's embeddings; 0 for none.</summary>
    [Range(0, RunConfiguration.Largest)]
    public int UpdateRank { get; set; }

    void ICheckedRecord.Check(ConfigSection section)
    {
        // A second own prompt is all that is added, and would stay zero beside a product.
        if (Target is not null && !section.Section("target").TryGet("start", out _))
            Target.Start = new StartSettings { Kind = PromptStart.Vocabulary };
    }
}

/// <summary>A start: a word, or a section with one key.</summary>
internal sealed class StartFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [
          { "enum": ["zero", "uniform", "vocabulary"] },
          { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": {
            "text": { "type": "string", "minLength": 1 }, "file": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "minLength": 1 }, "tuned": { "const": true } } } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind != ConfigKind.Section)
        {
            string word = value.AsChoice("zero", "uniform", "vocabulary");
            return new StartSettings { Kind = Enum.Parse<PromptStart>(word, ignoreCase: true) };
        }
        ConfigSection section = value.AsSection().Only("text", "file", "source", "tuned");
        if (value.Members.Count != 1) throw value.Wrong("one of \"text\", \"file\", \"source\", \"tuned\"");
        if (section.TryGet("text", out ConfigValue? text))
            return new StartSettings { Kind = PromptStart.Text, Text = NotEmpty(text, "a text") };
        if (section.TryGet("file", out ConfigValue? file))
            return new StartSettings { Kind = PromptStart.File, File = file.AsPath() };
        if (section.TryGet("source", out ConfigValue? source))
            return new StartSettings { Kind = PromptStart.Source, Source = NotEmpty(source, "a source prompt") };
        return section.TryGet("tuned", out ConfigValue? tuned) && tuned.AsBoolean()
            ? new StartSettings { Kind = PromptStart.Tuned }
            : throw value.Wrong("\"tuned\": true, or another start");
    }

    public override ConfigValue Write(object? value)
    {
        StartSettings start = (StartSettings)value!;
        return start.Kind switch
        {
            PromptStart.Text => Section("text", ConfigValue.Of(start.Text!)),
            PromptStart.File => Section("file", ConfigValue.Of(Path.GetFullPath(start.File!))),
            PromptStart.Source => Section("source", ConfigValue.Of(start.Source!)),
            PromptStart.Tuned => Section("tuned", ConfigValue.Of(true)),
            _ => ConfigValue.Of(start.Kind.ToString().ToLowerInvariant()),
        };
    }

    private static ConfigValue Section(string key, ConfigValue value) => ConfigValue.Of([(key, value)]);

    private static string NotEmpty(ConfigValue value, string expected) =>
        value.AsString() is { Length: > 0 } text ? text : throw value.Wrong(expected);
}

/// <summary>A share: the word <c>whole</c> or <c>learned</c>, or a number in [0, 1].</summary>
internal sealed class ShareFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [ { "enum": ["whole", "learned"] }, { "type": "number", "minimum": 0, "maximum": 1 } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.Number) return (ShareKind.Fixed, value.AsDouble(0, 1));
        ShareKind kind = value.AsChoice("whole", "learned") == "learned" ? ShareKind.Learned : ShareKind.Whole;
        return (kind, new PrivateSettings().FixedShare);
    }

    public override ConfigValue Write(object? value)
    {
        (ShareKind kind, double part) = ((ShareKind, double))value!;
        return kind == ShareKind.Fixed
            ? ConfigValue.OfNumber(part)
            : ConfigValue.Of(kind.ToString().ToLowerInvariant());
    }
}
