using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads the section <c>prompt</c>.</summary>
internal static class PromptSettingsReader
{
    public static readonly string[] Keys = ["length", "position", "composition", "sourceScale", "sources", "private", "target", "updateRank"];
    public static readonly string[] SourceKeys = ["trained", .. FormKeys, "start"];
    public static readonly string[] PrivateKeys = ["role", .. FormKeys, "start", "combine", "share"];

    private const int Largest = RunConfiguration.Largest;

    private static string[] FormKeys => ["form", "rank", "hidden", "layers", "activation"];

    public static PromptSettings Read(ConfigSection section)
    {
        section.Only(Keys);
        return new PromptSettings
        {
            Length = section.TryGet("length", out ConfigValue? length) ? length.AsInt32(1, Largest) : null,
            Position = section.Choice("position", "before", "after") == "after" ? PromptPosition.After : PromptPosition.Before,
            Composition = section.Choice("composition", "average", "concatenation", "sum", "product", "mean-pool", "max-pool") switch
            {
                "concatenation" => CompositionKind.Concatenation,
                "sum" => CompositionKind.Sum,
                "product" => CompositionKind.Product,
                "mean-pool" => CompositionKind.MeanPool,
                "max-pool" => CompositionKind.MaxPool,
                _ => CompositionKind.Average,
            },
            Sources = ReadSources(section.Section("sources"), section),
            Private = ReadPrivate(section.Section("private"), PromptStart.Zero),
            Target = section.TryGet("target", out _) ? ReadPrivate(section.Section("target"), PromptStart.Vocabulary) : null,
            UpdateRank = section.Int32("updateRank", 0, 0, Largest),
        };
    }

    private static SourceSettings ReadSources(ConfigSection section, ConfigSection prompt)
    {
        section.Only(SourceKeys);
        return new SourceSettings
        {
            Trained = section.Boolean("trained", false),
            Form = ReadForm(section),
            Start = section.TryGet("start", out ConfigValue? start) ? ReadStart(start) : new SourceSettings().Start,
            Scale = prompt.Choice("sourceScale", "mean", "vocabulary", "none") switch
            {
                "vocabulary" => SourceScale.Vocabulary,
                "none" => SourceScale.None,
                _ => SourceScale.Mean,
            },
        };
    }

    private static PrivateSettings ReadPrivate(ConfigSection section, PromptStart absent)
    {
        section.Only(PrivateKeys);
        (ShareKind share, double part) = section.TryGet("share", out ConfigValue? value) ? ReadShare(value) : (ShareKind.Whole, new PrivateSettings().FixedShare);
        return new PrivateSettings
        {
            Role = section.Choice("role", "added", "column", "none") switch
            {
                "column" => PrivateRole.Column,
                "none" => PrivateRole.None,
                _ => PrivateRole.Added,
            },
            Form = ReadForm(section),
            Start = section.TryGet("start", out ConfigValue? start) ? ReadStart(start) : new StartSettings { Kind = absent },
            Combination = section.Choice("combine", "sum", "product", "concatenation") switch
            {
                "product" => PromptCombination.Product,
                "concatenation" => PromptCombination.Concatenation,
                _ => PromptCombination.Sum,
            },
            Share = share,
            FixedShare = part,
        };
    }

    private static (ShareKind Share, double Part) ReadShare(ConfigValue value)
    {
        if (value.Kind == ConfigKind.Number) return (ShareKind.Fixed, value.AsDouble(0, 1));
        return (value.AsChoice("whole", "learned") == "learned" ? ShareKind.Learned : ShareKind.Whole, new PrivateSettings().FixedShare);
    }

    private static FormSettings ReadForm(ConfigSection section)
    {
        PromptForm form = section.Choice("form", "full", "low-rank", "mlp", "residual-mlp", "multiplicative") switch
        {
            "low-rank" => PromptForm.LowRank,
            "mlp" => PromptForm.Mlp,
            "residual-mlp" => PromptForm.ResidualMlp,
            "multiplicative" => PromptForm.Multiplicative,
            _ => PromptForm.Full,
        };
        bool ranked = form is PromptForm.LowRank or PromptForm.Multiplicative, layered = form is PromptForm.Mlp or PromptForm.ResidualMlp;
        Refuse(section, !ranked, "rank", "low-rank or multiplicative");
        foreach (string key in (ReadOnlySpan<string>)["hidden", "layers", "activation"]) Refuse(section, !layered, key, "mlp or residual-mlp");
        return new FormSettings
        {
            Form = form,
            Rank = section.TryGet("rank", out ConfigValue? rank) ? rank.AsInt32(1, Largest) : null,
            Hidden = section.TryGet("hidden", out ConfigValue? hidden) ? hidden.AsInt32(1, Largest) : null,
            Layers = section.Int32("layers", 1, 1, 2),
            Activation = section.Choice("activation", "relu", "gelu") == "gelu" ? PromptActivation.Gelu : PromptActivation.Relu,
        };
    }

    private static void Refuse(ConfigSection section, bool refused, string key, string expected)
    {
        if (refused && section.TryGet(key, out ConfigValue? value)) throw new ConfigurationException(value.Place, $"{value.Key} without effect, expected it beside a form {expected}");
    }

    private static StartSettings ReadStart(ConfigValue value)
    {
        if (value.Kind != ConfigKind.Section)
        {
            return new StartSettings
            {
                Kind = value.AsChoice("zero", "uniform", "vocabulary") switch
                {
                    "uniform" => PromptStart.Uniform,
                    "vocabulary" => PromptStart.Vocabulary,
                    _ => PromptStart.Zero,
                },
            };
        }
        ConfigSection section = value.AsSection().Only("text", "file", "source", "tuned");
        if (value.Members.Count != 1) throw value.Wrong("one of \"text\", \"file\", \"source\", \"tuned\"");
        if (section.TryGet("text", out ConfigValue? text)) return new StartSettings { Kind = PromptStart.Text, Text = NotEmpty(text, "a text") };
        if (section.TryGet("file", out ConfigValue? file)) return new StartSettings { Kind = PromptStart.File, File = file.AsPath() };
        if (section.TryGet("source", out ConfigValue? source)) return new StartSettings { Kind = PromptStart.Source, Source = NotEmpty(source, "a source prompt") };
        if (section.TryGet("tuned", out ConfigValue? tuned) && tuned.AsBoolean()) return new StartSettings { Kind = PromptStart.Tuned };
        throw value.Wrong("\"tuned\": true, or another start");
    }

    private static string NotEmpty(ConfigValue value, string expected) => value.AsString() is { Length: > 0 } text ? text : throw value.Wrong(expected);
}
