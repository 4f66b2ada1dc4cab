using System.Buffers.Binary;
using System.Numerics;
using CrossPT.Prompting.Runs;
using Google.Protobuf;

namespace CrossPT.Prompting.Tracking;

/// <summary>
/// One of a run's TensorBoard files: TFRecords, each an <c>Event</c> message (TensorFlow, <c>event.proto</c> and
/// <c>record_writer</c>). A resumed run begins a file of its own, which says from which step on older files no longer
/// count.
/// </summary>
internal sealed class EventFile
{
    private const int SessionStart = 1;

    private readonly string _path;

    private EventFile(string path) => _path = path;

    /// <summary>Begins a file.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step"> Finished steps; TensorBoard drops what older files have of later ones. 0 deletes the older
    /// files.
    /// </param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static EventFile Begin(RunFolder folder, int step)
    {
        string[] older = List(folder);
        if (step == 0)
        {
            foreach (string path in older) File.Delete(path);
            older = [];
        }
        string name = older.Length == 0 ? RunFolder.EventsName
            : FormattableString.Invariant($"{RunFolder.EventsName}.{older.Length:D4}");
        EventFile file = new(folder.PathOf(name));
        file.Append(static output => WriteText(output, 3, "brain.Event:2"));
        if (step > 0)
        {
            file.Append(output =>
            {
                WriteStep(output, step + 1);
                WriteMessage(output, 7, static session =>
                {
                    session.WriteTag(1, WireFormat.WireType.Varint);
                    session.WriteInt32(SessionStart);
                });
            });
        }
        return file;
    }

    /// <summary>The newest file of a folder, or a first one.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static EventFile Latest(RunFolder folder) => List(folder) is [.., string last] ? new EventFile(last)
        : Begin(folder, 0);

    /// <summary>Adds numbers of a step, each under its tag: <c>loss/rte</c>.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(long step, params IEnumerable<(string Tag, double Value)> values) => Append(output =>
    {
        WriteStep(output, step);
        WriteMessage(output, 5, summary =>
        {
            foreach ((string tag, double value) in values)
            {
                WriteMessage(summary, 1, one =>
                {
                    WriteText(one, 1, tag);
                    one.WriteTag(2, WireFormat.WireType.Fixed32);
                    one.WriteFloat((float)value);
                });
            }
        });
    });

    /// <summary>In the order in which TensorBoard reads them.</summary>
    private static string[] List(RunFolder folder)
    {
        string[] paths = Directory.GetFiles(folder.FullPath, RunFolder.EventsName + "*");
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }

    /// <summary>
    /// Adds a record: length, masked CRC-32C of the length, message, masked CRC-32C of the message; all little-endian.
    /// </summary>
    private void Append(Action<CodedOutputStream> write)
    {
        byte[] message = Message(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Fixed64);
            output.WriteDouble((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds);
            write(output);
        });
        byte[] record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        message.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), MaskedChecksum(message));
        // One write: a reader sees whole records while the run goes on.
        using FileStream file = new(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(record);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream bytes = new();
        using (CodedOutputStream output = new(bytes, leaveOpen: true)) write(output);
        return bytes.ToArray();
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static void WriteText(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void WriteStep(CodedOutputStream output, long step)
    {
        output.WriteTag(2, WireFormat.WireType.Varint);
        output.WriteInt64(step);
    }

    // System.IO.Hashing has no CRC-32C. A checksum of data that holds checksums is weak, so TensorFlow rotates and
    // offsets it.
    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes) crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
