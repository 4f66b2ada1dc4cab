using System.Text.Json.Serialization;
using CrossPT.Prompting.Pretraining;

namespace CrossPT.Prompting.Configuration;

/// <summary>
/// The records that are read and written as JSON, with the metadata that the compiler generates for them.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunConfiguration))]
[JsonSerializable(typeof(SourceEntry))]
[JsonSerializable(typeof(PretrainingConfiguration))]
internal sealed partial class ConfigurationTypes : JsonSerializerContext;
