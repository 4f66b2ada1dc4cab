using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tracking;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting;

/// <summary>Records as JSON: whole documents, and files that grow by a record a line.</summary>
internal static class JsonFile
{
    private const long Largest = 64 << 20;

    private static readonly JsonWriterOptions s_document = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a document, whole or not at all.</summary>
    public static void Write(string path, Action<Utf8JsonWriter> write) => AtomicFile.Write(path, stream =>
    {
        using (Utf8JsonWriter json = new(stream, s_document)) write(json);
        stream.Write("\n"u8);
    });

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">The expected kind of file, for the message.</param>
    /// <param name="type">The record.</param>
    /// <exception cref="IOException">
    /// The file is missing, too large or something else; the message names it.
    /// </exception>
    public static T Read<T>(string path, string what, JsonTypeInfo<T> type)
        where T : class
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > Largest)
            throw new IOException($"{path}: {file.Length} bytes, expected {what} of {Largest >> 20} MB at most");
        try
        {
            return JsonSerializer.Deserialize(file, type) ?? throw new JsonException();
        }
        catch (JsonException error)
        {
            throw new IOException($"{path}: not {what} (line {error.LineNumber + 1}, {error.Path ?? "$"})", error);
        }
    }

    /// <summary>Adds a record as a line.</summary>
    public static void Append<T>(string path, T record, JsonTypeInfo<T> type) =>
        Append(path, json => JsonSerializer.Serialize(json, record, type));

    /// <summary>Adds a value as a line.</summary>
    public static void Append(string path, Action<Utf8JsonWriter> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line)) write(json);
        line.WriteByte((byte)'\n');
        // One write a line: who looks while the file grows sees whole lines.
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(line.GetBuffer(), 0, (int)line.Length);
    }

    /// <summary>
    /// The records of a file's lines; none where there is no file. Other lines are passed over: a process that was
    /// killed leaves half a line, which a later one goes on behind.
    /// </summary>
    public static IEnumerable<T> ReadLines<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path)) yield break;
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (Parse(line, type) is { } record) yield return record;
        }
    }

    /// <summary>A record; null where the text is none.</summary>
    public static T? Parse<T>(string line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Records of a run folder's files, with the metadata that the compiler generates for them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SavedPrediction))]
[JsonSerializable(typeof(ByTask<TaskContribution>))]
[JsonSerializable(typeof(ByTask<TaskUnderPrefixes>))]
[JsonSerializable(typeof(RouterMoment))]
[JsonSerializable(typeof(SavedRouter))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class RunTypes : JsonSerializerContext;
