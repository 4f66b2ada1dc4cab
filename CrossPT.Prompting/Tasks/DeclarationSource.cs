using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>A task's declaration: a file, or written out in the configuration.</summary>
[DeclarationFormat]
public sealed record DeclarationSource
{
    private DeclarationSource(string? file, TaskDeclaration? inline) => (File, Inline) = (file, inline);

    /// <summary>The file; null where the configuration has it written out.</summary>
    public string? File { get; }

    /// <summary>The declaration itself; null where it is a file.</summary>
    internal TaskDeclaration? Inline { get; }

    /// <summary>A file.</summary>
    public static implicit operator DeclarationSource(string file) => new(file, null);

    /// <summary>A declaration.</summary>
    public static implicit operator DeclarationSource(TaskDeclaration task) => new(null, task);

    /// <summary>The declaration.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or is none.</exception>
    public TaskDeclaration Load() => Inline ?? TaskDeclaration.Load(File!);
}

/// <summary>A path, or a section with the keys of a declaration; its name is the task's.</summary>
internal sealed class DeclarationFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [ { "type": "string", "description": "A file that declares the task." },
          { "$ref": "#/$defs/TaskDeclaration" } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String) return (DeclarationSource)value.AsPath();
        if (value.Kind != ConfigKind.Section) throw value.Wrong("a file, or a section that declares the task");
        TaskDeclaration task = new();
        ConfigRecord.Read(value.AsSection(), task, ConfigurationTypes.Default.TaskDeclaration);
        return (DeclarationSource)task;
    }

    public override ConfigValue? Write(object? value) => value is not DeclarationSource source ? null
        : source.Inline?.ToValue() ?? ConfigValue.Of(Path.GetFullPath(source.File!));
}
