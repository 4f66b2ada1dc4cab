using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Prompting;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Runner.Experiments.Sweeps.Slurm;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Why a run of a sweep has no result: <c>failure.json</c> in its folder.</summary>
/// <param name="Kind"><c>diverged</c>, <c>configuration</c>, <c>memory</c> or <c>other</c>.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Time">When.</param>
internal sealed record RunFailure(string Kind, string Message, DateTimeOffset Time)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "failure.json";

    /// <summary>The loss or a gradient was not finite: the same again with the same seed, and so a result.</summary>
    public const string Diverged = "diverged";

    /// <summary>Settings or files do not fit.</summary>
    public const string Configuration = "configuration";

    /// <summary>The memory was not enough.</summary>
    public const string Memory = "memory";

    /// <summary>Anything else.</summary>
    public const string Other = "other";

    /// <summary>Whether doing the run again could come to something else.</summary>
    [JsonIgnore]
    public bool IsWorthRepeating => Kind != Diverged;

    /// <summary>The failure that an exception stands for.</summary>
    public static RunFailure Of(Exception error)
    {
        string kind = error switch
        {
            TrainingDivergedException => Diverged,
            OutOfMemoryException => Memory,
            ConfigurationException or TaskDataException or TokenizerFormatException or T5FormatException
                or TensorFileException => Configuration,
            _ => Other,
        };
        bool isKnown = kind != Other || error is IOException or InvalidDataException or UnauthorizedAccessException;
        string message = isKnown ? error.Message : $"unexpected {error.GetType().Name}: {error.Reason()}";
        return new RunFailure(kind, Cli.Failure.OneLine(message), DateTimeOffset.UtcNow);
    }

    /// <summary>Writes the file into the run's folder, which is made where there is none.</summary>
    public void Write(string runFolder)
    {
        Directory.CreateDirectory(runFolder);
        JsonFile.Write(
            Path.Combine(runFolder, FileName),
            json => JsonSerializer.Serialize(json, this, SweepTypes.Default.RunFailure));
    }

    /// <summary>Takes the file away, before the run is tried again.</summary>
    public static void Delete(string runFolder)
    {
        if (Directory.Exists(runFolder)) File.Delete(Path.Combine(runFolder, FileName));
    }

    /// <summary>The failure of a run's folder; null where there is none.</summary>
    public static RunFailure? Read(string runFolder)
    {
        string path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonFile.Read(path, "what went wrong", SweepTypes.Default.RunFailure);
        }
        catch (IOException error)
        {
            return new RunFailure(Other, error.Message, DateTimeOffset.UnixEpoch);
        }
    }
}

/// <summary>Records of a sweep's files, with the metadata that the compiler generates for them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RunFailure))]
[JsonSerializable(typeof(SweepFile))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(Attempt))]
[JsonSerializable(typeof(SlurmSubmission))]
internal sealed partial class SweepTypes : JsonSerializerContext;
