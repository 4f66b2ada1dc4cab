using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tracking;

/// <summary>A file that TensorBoard reads: records that are added at its end while a run goes on.</summary>
public static class EventFile
{
    /// <summary>Adds events; a new file gets its first record before them.</summary>
    /// <param name="path">The file. TensorBoard finds it where its name holds <c>tfevents</c>.</param>
    /// <param name="events">The events.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Append(string path, params IReadOnlyList<TrackedEvent> events)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(events);
        if (events.Count == 0) return;
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        using MemoryStream records = new();
        if (file.Length == 0) EventRecords.Write(records, EventMessage.First(events[0].Time));
        foreach (TrackedEvent tracked in events) EventRecords.Write(records, EventMessage.Of(tracked));
        // One write: who looks while the run goes on sees whole records.
        file.Write(records.GetBuffer(), 0, (int)records.Length);
    }

    /// <summary>The events of a file up to the first record that is broken; none where there is no file.</summary>
    public static IReadOnlyList<TrackedEvent> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) return [];
        byte[] file = File.ReadAllBytes(path);
        return [.. EventRecords.Find(file).Select(record => EventMessage.Parse(file.AsSpan(record))).OfType<TrackedEvent>()];
    }

    /// <summary>Keeps the events that are to stay, and drops a last one that was only half written. A file that is missing stays missing.</summary>
    /// <exception cref="IOException">It cannot be read or written; it is as it was.</exception>
    public static void Repair(string path, Func<TrackedEvent, bool> stays)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(stays);
        if (!File.Exists(path)) return;
        byte[] file = File.ReadAllBytes(path);
        using MemoryStream kept = new(file.Length);
        foreach (Range record in EventRecords.Find(file))
        {
            ReadOnlySpan<byte> message = file.AsSpan(record);
            // What is no event of numbers is the record that a file begins with.
            if (EventMessage.Parse(message) is not { } tracked || stays(tracked)) EventRecords.Write(kept, message);
        }
        if (kept.Length != file.Length) AtomicFile.Write(path, kept.WriteTo);
    }
}
