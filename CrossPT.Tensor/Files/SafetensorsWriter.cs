using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrossPT.Tensors.Files;

/// <summary>
/// Writes a safetensors file: tensors in the order they were added, the header padded to 8 bytes, the same input giving
/// the same bytes.
/// </summary>
/// <remarks>
/// Nothing is read from a tensor before <see cref="Save"/> or <see cref="WriteTo"/>; it must live until then.
/// </remarks>
public sealed class SafetensorsWriter
{
    private readonly List<Item> _items = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly KeyValuePair<string, string>[] _metadata;

    /// <summary>A writer without tensors.</summary>
    /// <param name="metadata">Texts for <c>__metadata__</c>, written in ordinal order of their keys.</param>
    public SafetensorsWriter(IReadOnlyDictionary<string, string>? metadata = null)
    {
        _metadata =
        [
            .. (metadata ?? new Dictionary<string, string>()).OrderBy(static pair => pair.Key, StringComparer.Ordinal),
        ];
        foreach ((string key, string value) in _metadata)
        {
            CheckText(key);
            CheckText(value);
        }
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="tensor">What to write; also a view of some columns.</param>
    /// <param name="storeAs">Type in the file; the tensor's own by default. Floating-point types convert to one
    /// another, rounding to nearest, ties to even.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is empty, reserved or taken, or the types do not
    /// convert.</exception>
    public SafetensorsWriter Add(string name, Tensor tensor, DType? storeAs = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        DType type = storeAs ?? tensor.DType;
        if (type != tensor.DType && !(type.IsFloatingPoint() && tensor.DType.IsFloatingPoint()))
            throw new ArgumentException(
                $"Add: {name} is {tensor.Describe()}, which is not stored as {type}.", nameof(storeAs));
        return Add(name, type, tensor.Shape, stream => TensorBytes.Write(tensor, type, stream));
    }

    /// <summary>Adds a tensor given by its bytes: little-endian, row-major.</summary>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is empty, reserved or taken, or the bytes are more or fewer than
    /// the shape says.</exception>
    public SafetensorsWriter Add(string name, DType type, Shape shape, ReadOnlyMemory<byte> bytes)
    {
        long needed = checked(shape.Length * type.ByteSize());
        if (bytes.Length != needed)
            throw new ArgumentException(
                $"Add: {bytes.Length} bytes for {name}, expected {needed} for {type} {shape}.", nameof(bytes));
        return Add(name, type, shape, stream => stream.Write(bytes.Span));
    }

    /// <summary>Adds a tensor whose bytes are asked for when the file is written.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="write">Writes exactly the elements, little-endian and row-major.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is empty, reserved or taken.</exception>
    public SafetensorsWriter Add(string name, DType type, Shape shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(write);
        CheckText(name);
        if (name == SafetensorsHeader.MetadataKey)
            throw new ArgumentException($"Add: {name} is reserved by the format.", nameof(name));
        Item item = new(name, type, shape, checked(shape.Length * type.ByteSize()), write);
        if (!_names.Add(name)) throw new ArgumentException($"Add: {name} was added before.", nameof(name));
        _items.Add(item);
        return this;
    }

    /// <summary>Writes the file whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <exception cref="IOException">The disk is full, or the path cannot be written.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote more or fewer bytes than its shape says; an old
    /// file is as it was.</exception>
    public void Save(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>Writes the file's bytes to a stream.</summary>
    /// <exception cref="InvalidOperationException">A callback wrote more or fewer bytes than its shape says, or the
    /// header exceeds 100 MB.</exception>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ReadOnlySpan<byte> header = Header();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Item item in _items)
        {
            using ExactStream exact = new(stream, item.ByteLength, item.Name);
            item.Write(exact);
            exact.CheckComplete();
        }
    }

    private ReadOnlySpan<byte> Header()
    {
        ArrayBufferWriter<byte> buffer = new();
        // Relaxed escaping: names stay readable, and no reader of this file puts it into a web page.
        using (Utf8JsonWriter json = new(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (_metadata.Length > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in _metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (Item item in _items)
            {
                json.WriteStartObject(item.Name);
                json.WriteString("dtype", SafetensorsTypes.Name(item.Type));
                json.WriteStartArray("shape");
                foreach (int size in item.Shape.Sizes) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += item.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(8)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        if (buffer.WrittenCount > SafetensorsHeader.LengthLimit)
            throw new InvalidOperationException(
                $"The header would have {buffer.WrittenCount} bytes, expected at most "
                    + $"{SafetensorsHeader.LengthLimit}.");
        return buffer.WrittenSpan;
    }

    private static void CheckText(string text)
    {
        // Half a surrogate pair would be written as U+FFFD: another name, perhaps one that is taken.
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out _, out int used) != OperationStatus.Done)
                throw new ArgumentException(
                    $"{TensorFileException.Quote(text)} has half of a surrogate pair.", nameof(text));
            i += used;
        }
    }

    private sealed record Item(string Name, DType Type, Shape Shape, long ByteLength, Action<Stream> Write);
}
