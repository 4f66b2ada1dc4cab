using System.Reflection;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Methods;

/// <summary>What source prompts a method is about.</summary>
public enum MethodSources
{
    /// <summary>None: giving some is an error.</summary>
    None,

    /// <summary>The configuration must say which.</summary>
    Required,

    /// <summary>Where the configuration says nothing: one of each target task, from random numbers.</summary>
    OwnRandom,

    /// <summary>
    /// Where the configuration says nothing: one of each target task, by prompt tuning of that task first.
    /// </summary>
    OwnTuned,

    /// <summary>Where the configuration says nothing: three anonymous ones, from random numbers.</summary>
    Anonymous,
}

/// <summary>
/// A named method: a configuration of the parts that all methods are made of, and the options that mean something to
/// it. All of them are embedded JSON, so that what a name stands for can be read.
/// </summary>
public sealed class MethodDefinition
{
    private const string Prefix = "methods/", Suffix = ".json";

    private static readonly Assembly s_assembly = typeof(MethodDefinition).Assembly;
    private static readonly string[] s_sources = Setting.NamesOf(ConfigurationTypes.Default.MethodSources);
    private readonly string[] _options;
    private readonly string[] _rates;

    private MethodDefinition(string name, ConfigValue value)
    {
        Name = name;
        ConfigSection root = value.AsSection().Only("title", "reference", "sources", "settings", "options", "rates");
        Title = root.Require("title", "a title").AsString();
        Reference = root.Require("reference", "where it is from").AsString();
        Sources = (MethodSources)Array.IndexOf(s_sources, root.Choice("sources", s_sources));
        Settings = root.Require("settings", "its settings");
        _options = [.. root.Require("options", "what may be set").AsList().Select(static option => option.AsString())];
        _rates = [.. root.Require("rates", "its learning rates").AsList().Select(static rate => rate.AsString())];
    }

    /// <summary>Names of all methods, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. s_assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Its name in configurations.</summary>
    public string Name { get; }

    /// <summary>A one-line description.</summary>
    public string Title { get; }

    /// <summary>Where it is from.</summary>
    public string Reference { get; }

    /// <summary>What source prompts it is about.</summary>
    public MethodSources Sources { get; }

    /// <summary>Names of the learning rates it has.</summary>
    public IReadOnlyList<string> Rates => _rates;

    /// <summary>Whether it trains prompts before a frozen model, and not the model itself.</summary>
    public bool HasPrompts => !_rates.Contains("model");

    /// <summary>Its settings, over which the configuration's are laid.</summary>
    internal ConfigValue Settings { get; }

    /// <summary>A method by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists them.</exception>
    public static MethodDefinition Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Names.Contains(name))
            throw new ArgumentException($"There is no method '{name}', only {string.Join(", ", Names)}.", nameof(name));
        using Stream stream = s_assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return new MethodDefinition(name, ConfigReader.Read(json, $"method {name}", ""));
    }

    /// <summary>
    /// Whether an option of the sections <c>prompt</c> and <c>router</c>, or a learning rate, means something to the
    /// method.
    /// </summary>
    /// <param name="key">Its key from the top: <c>router.topK</c>, <c>training.learningRate.source</c>.</param>
    public bool Takes(string key)
    {
        const string rate = "training.learningRate.";
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(rate, StringComparison.Ordinal)
            ? _rates.Contains(key[rate.Length..])
            : _options.Contains(key);
    }

    /// <summary>
    /// Whether a key of a configuration means something to the method, which most leave to no method.
    /// </summary>
    internal bool Applies(string key)
    {
        bool isMethods = key.StartsWith("prompt.", StringComparison.Ordinal)
            || key.StartsWith("router.", StringComparison.Ordinal)
            || key.StartsWith("training.learningRate.", StringComparison.Ordinal);
        return !isMethods || Takes(key);
    }

    /// <summary>Refuses options that would do nothing: an ignored one is worse than an error.</summary>
    /// <exception cref="ConfigurationException">The configuration sets one.</exception>
    internal void Check(ConfigValue configuration)
    {
        foreach (string name in (ReadOnlySpan<string>)["prompt", "router"])
        {
            if (configuration.AsSection().TryGet(name, out ConfigValue? section) && section.Kind == ConfigKind.Section)
                CheckSection(section);
        }
        if (configuration.AsSection().TryGet("training", out ConfigValue? training)
            && training.Kind == ConfigKind.Section
            && training.AsSection().TryGet("learningRate", out ConfigValue? rates) && rates.Kind == ConfigKind.Section)
        {
            CheckSection(rates);
        }
    }

    private void CheckSection(ConfigValue section)
    {
        foreach ((_, ConfigValue value) in section.Members)
        {
            // What is there with null counts as absent: so a variant takes back what its base says.
            if (value.Kind == ConfigKind.Null || Takes(value.Key)) continue;
            if (value.Kind == ConfigKind.Section && ConfigMerge.IsSection(value.Key)) CheckSection(value);
            else if (ConfigRecord.Find(ConfigurationTypes.Default.RunConfiguration, value.Key) is not null)
            {
                throw new ConfigurationException(
                    value.Place, $"{value.Key} does not apply to the method \"{Name}\", {Expected(value.Key)}");
            }
        }
    }

    private string Expected(string key)
    {
        string parent = key[..(key.IndexOf('.', StringComparison.Ordinal) + 1)];
        string[] own = key.StartsWith("training.", StringComparison.Ordinal)
            ? _rates
            : [.. _options.Where(option => option.StartsWith(parent, StringComparison.Ordinal))];
        return own.Length == 0 ? "which has no such option" : $"which has {string.Join(", ", own)}";
    }
}
