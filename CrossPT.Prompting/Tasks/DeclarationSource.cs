using System.Text;
using System.Text.Json;
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
          { "type": "object", "required": ["fields"], "additionalProperties": false, "properties": {
            "fields": { "type": "array", "minItems": 1, "items": { "type": "string" },
              "description": "Columns of a row that hold text." },
            "template": { "type": "string", "description": "How they become one text: 'title: {title} text: {text}'." },
            "label": { "type": "string", "default": "label", "description": "Column of the label or score." },
            "labels": { "type": "object", "minProperties": 2, "additionalProperties": { "type": "string" },
              "description": "The word that the model answers with, by label." },
            "scale": { "type": "object", "required": ["minimum", "maximum", "step"], "additionalProperties": false,
              "description": "In place of labels: scores, rounded to the step.", "properties": {
              "minimum": { "type": "number" }, "maximum": { "type": "number" }, "step": { "type": "number" } } },
            "candidates": { "type": "string", "description": "In place of labels: column that lists the answers." },
            "spellings": { "type": "object", "additionalProperties": { "type": "string" },
              "description": "Labels by other spellings in the data." },
            "dropLabels": { "type": "array", "items": { "type": "string" },
              "description": "Labels whose rows are left out and counted; \"\" is a missing one." },
            "maps": { "type": "object", "description": "Other words for the labels, by name.",
              "additionalProperties": { "type": "object", "additionalProperties": { "type": "string" } } },
            "instruction": { "type": "string", "description": "What the task asks, for the prefix of that name." },
            "group": { "type": "string", "description": "Column that the rows of one question share." },
            "transform": { "enum": ["wsc", "multirc", "record"], "description": "Reads a benchmark's own layout." },
            "metrics": { "type": "array", "minItems": 1, "items": { "type": "string" },
              "description": "What is measured; the first one chooses." },
            "splits": { "description": "As beside the declaration." },
            "files": { "type": "object", "description": "Where rows lie in data.folder, and how they are laid out." }
            } } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String) return (DeclarationSource)value.AsPath();
        if (value.Kind != ConfigKind.Section) throw value.Wrong("a file, or a section that declares the task");
        return (DeclarationSource)TaskDeclarationReader.ReadInline(value);
    }

    public override ConfigValue? Write(object? value)
    {
        if (value is not DeclarationSource source) return null;
        if (source.Inline is not { } task) return ConfigValue.Of(Path.GetFullPath(source.File!));
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) TaskDeclarationWriter.WriteInline(json, task);
        return ConfigReader.Read(stream.ToArray(), "declaration", "");
    }
}
