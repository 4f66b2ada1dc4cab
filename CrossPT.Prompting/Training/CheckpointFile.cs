using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Training;

/// <summary>
/// <c>state.safetensors</c> of a checkpoint folder: one file, so that it is written whole or not at all, and the one
/// before stays until it is. Tensors bit for bit in their own type; position, settings and a digest of everything in
/// <c>__metadata__</c>.
/// </summary>
internal sealed class CheckpointFile
{
    public const string Name = "state.safetensors";

    /// <summary>The <c>format</c> in the metadata.</summary>
    public const string Format = "crosspt-checkpoint-1";

    private const string FormatKey = "format", StateKey = "state", SettingsKey = "settings", DigestKey = "sha256";

    private readonly Dictionary<string, (DType Type, Shape Shape, byte[] Bytes)> _tensors;

    private CheckpointFile(
        string path, CheckpointState state, Dictionary<string, string> settings,
        Dictionary<string, (DType, Shape, byte[])> tensors)
    {
        (Path, State, Settings, _tensors) = (path, state, settings, tensors);
    }

    public string Path { get; }

    public CheckpointState State { get; }

    public IReadOnlyDictionary<string, string> Settings { get; }

    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>Writes the bytes of a checkpoint.</summary>
    public static void Write(
        Stream stream, CheckpointState state, Dictionary<string, string> settings,
        IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        string position = state.ToJson();
        string told = JsonSerializer.Serialize(settings, CheckpointJson.Default.DictionaryStringString);
        using Digest digest = new(position, told);
        foreach ((string name, Tensor tensor) in tensors)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)(tensor.Length * tensor.DType.ByteSize())));
            tensor.Backend.CopyToHost(tensor, bytes);
            digest.Add(name, tensor.DType, tensor.Shape, bytes);
        }
        SafetensorsWriter writer = new(
            new Dictionary<string, string>
            {
                [FormatKey] = Format,
                [StateKey] = position,
                [SettingsKey] = told,
                [DigestKey] = digest.Value(),
            });
        foreach ((string name, Tensor tensor) in tensors) writer.Add(name, tensor);
        writer.WriteTo(stream);
    }

    /// <summary>
    /// Whether a folder has one: a run that was stopped while it wrote its first leaves the folder alone.
    /// </summary>
    public static bool IsIn(string folder) => File.Exists(System.IO.Path.Combine(folder, Name));

    /// <summary>Reads and verifies a checkpoint folder.</summary>
    /// <exception cref="CheckpointException">There is none, or it is broken.</exception>
    public static CheckpointFile Read(string folder)
    {
        string path = System.IO.Path.Combine(folder, Name);
        if (!File.Exists(path))
            throw new CheckpointException(
                path, "does not exist, expected the checkpoint of a run that was interrupted");
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            string Text(string key) =>
                file.Metadata.TryGetValue(key, out string? text)
                    ? text
                    : throw new CheckpointException(path, $"has no \"{key}\", expected a checkpoint");
            if (Text(FormatKey) is var format && format != Format)
                throw new CheckpointException(path, $"is of the format \"{format}\", expected \"{Format}\"");
            string position = Text(StateKey), told = Text(SettingsKey);
            using Digest digest = new(position, told);
            Dictionary<string, (DType, Shape, byte[])> tensors = [];
            foreach (TensorEntry entry in file.Entries)
            {
                // No more than the file is long: the header was checked against it.
                byte[] bytes = GC.AllocateUninitializedArray<byte>(
                    checked((int)(entry.Shape.Length * entry.DType.ByteSize())));
                file.Read(entry, 0, bytes);
                digest.Add(entry.Name, entry.DType, entry.Shape, bytes);
                tensors.Add(entry.Name, (entry.DType, entry.Shape, bytes));
            }
            if (digest.Value() is var found && found != Text(DigestKey))
                throw new CheckpointException(
                    path, $"has the SHA-256 {found}, expected {Text(DigestKey)}, as it was written: it is damaged");
            return new CheckpointFile(
                path, CheckpointState.Parse(position),
                JsonSerializer.Deserialize(told, CheckpointJson.Default.DictionaryStringString) ?? [], tensors);
        }
        catch (Exception error) when (error is TensorFileException or JsonException or OverflowException)
        {
            string problem = error is TensorFileException broken
                ? broken.Message
                : "holds a position or settings that cannot be read, expected a checkpoint's";
            throw new CheckpointException(path, $"is no whole checkpoint: {problem}", error);
        }
    }

    /// <summary>How a stored tensor differs from what is expected of it; null where it does not.</summary>
    public string? Difference(string name, Tensor expected)
    {
        if (!_tensors.TryGetValue(name, out (DType Type, Shape Shape, byte[] Bytes) found)) return $"no {name}";
        return found.Shape == expected.Shape && found.Type == expected.DType
            ? null
            : $"{name} {found.Type} {found.Shape} for {expected.DType} {expected.Shape}";
    }

    /// <summary>Fills a tensor of the same shape and type.</summary>
    public void CopyTo(string name, Tensor tensor) => tensor.Backend.CopyFromHost(_tensors[name].Bytes, tensor);

    /// <summary>A stored tensor on a back end; the caller disposes it.</summary>
    public Tensor Create(string name, IBackend backend)
    {
        (DType type, Shape shape, byte[] bytes) = _tensors[name];
        Tensor tensor = Tensor.Allocate(backend, shape, type);
        backend.CopyFromHost(bytes, tensor);
        return tensor;
    }

    /// <summary>SHA-256 over texts, names, types, shapes and elements.</summary>
    private sealed class Digest : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public Digest(params ReadOnlySpan<string> texts)
        {
            foreach (string text in texts) Add(text);
        }

        public void Add(string name, DType type, Shape shape, byte[] bytes)
        {
            Add(name);
            Add($"{type} {shape}");
            _hash.AppendData(bytes);
        }

        public string Value() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public void Dispose() => _hash.Dispose();

        private void Add(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            int length = bytes.Length;
            _hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            _hash.AppendData(bytes);
        }
    }
}

/// <summary>
/// Where a trainer is, apart from its tensors. Randomness has no state of its own: it is a function of seed and step.
/// </summary>
/// <param name="Step">Finished steps.</param>
/// <param name="EvaluatedStep">Finished steps at the last evaluation.</param>
/// <param name="BestStep">Finished steps at the best one.</param>
/// <param name="BestScore">Its score; null before the first.</param>
/// <param name="WithoutBetter">Evaluations since.</param>
/// <param name="EndedEarly">Whether they ended the training.</param>
internal sealed record CheckpointState(
    [property: JsonRequired] int Step, [property: JsonRequired] int EvaluatedStep,
    [property: JsonRequired] int BestStep, [property: JsonRequired] double? BestScore,
    [property: JsonRequired] int WithoutBetter, [property: JsonRequired] bool EndedEarly)
{
    public string ToJson() => JsonSerializer.Serialize(this, CheckpointJson.Default.CheckpointState);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static CheckpointState Parse(string json) =>
        JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointState) ?? throw new JsonException();
}

/// <summary>Made when the program is built, for it may be trimmed.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CheckpointState))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class CheckpointJson : JsonSerializerContext;

/// <summary>
/// A checkpoint cannot be gone on from: it is missing, broken, or of another run. The message is one sentence that
/// begins with its path.
/// </summary>
public sealed class CheckpointException : IOException
{
    /// <summary>A problem of a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The cause, if another exception was it.</param>
    public CheckpointException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => FilePath = path;

    /// <summary>The file.</summary>
    public string FilePath { get; }
}
