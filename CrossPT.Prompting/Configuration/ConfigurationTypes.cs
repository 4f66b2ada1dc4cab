using System.Text.Json.Serialization;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tasks;

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
[JsonSerializable(typeof(TaskDeclaration.NamedDeclaration))]
[JsonSerializable(typeof(MethodSources))]
[JsonSerializable(typeof(TaskLocation))]
[JsonSerializable(typeof(SplitShares))]
[JsonSerializable(typeof(PretrainingConfiguration))]
internal sealed partial class ConfigurationTypes : JsonSerializerContext;
