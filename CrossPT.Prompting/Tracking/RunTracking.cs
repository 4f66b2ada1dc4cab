using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using Google.Protobuf;

namespace CrossPT.Prompting.Tracking;

/// <summary>
/// What a run writes down while it goes on: <c>history.jsonl</c>, <c>router.jsonl</c> and TensorBoard's files. After a
/// resume they are as if there had been no interruption, times apart.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="routerEvery">Steps between two looks at the router.</param>
/// <param name="steps">Steps of the whole training, the last of which is looked at too.</param>
/// <param name="router">The router as it is now; null where it has no weights of tasks.</param>
internal sealed class RunTracking(RunFolder folder, int routerEvery, int steps, Func<RouterTable?> router)
{
    private readonly string _history = folder.PathOf(RunFolder.HistoryName);
    private readonly string _routers = folder.PathOf(RunFolder.RouterHistoryName);
    private EventFile? _events;

    /// <summary>Drops what a checkpoint does not know, and gives the steps that are left.</summary>
    /// <param name="step">Finished steps at the checkpoint.</param>
    /// <param name="evaluatedStep">Finished steps at its last evaluation.</param>
    public IReadOnlyList<TrainingStep> Begin(int step, int evaluatedStep)
    {
        _events = EventFile.Begin(folder, step);
        if (step == 0)
        {
            File.Delete(_history);
            File.Delete(_routers);
            LookAtRouter(0);
            return [];
        }
        TrainingHistory.Repair(_history, step, evaluatedStep);
        TrainingHistory.Repair(_routers, step, evaluatedStep);
        return TrainingHistory.Read(_history);
    }

    /// <summary>After a step.</summary>
    public void Add(TrainingStep step)
    {
        TrainingHistory.Append(_history, step);
        _events!.Add(
            step.Number,
            [
                ("loss", step.Loss), .. step.TaskLosses.Select(static one => ($"loss/{one.Key}", one.Value)),
                .. step.LearningRates.Select(static one =>
                    ($"learning_rate/{one.Key.ToString().ToLowerInvariant()}", one.Value)),
            ]);
        if (step.Number % routerEvery == 0 || step.Number == steps) LookAtRouter(step.Number);
    }

    /// <summary>After an evaluation while training.</summary>
    public void Add(TrainingEvaluation evaluation)
    {
        TrainingHistory.Append(_history, evaluation);
        _events!.Add(evaluation.Step, ("validation/score", evaluation.Score));
    }

    /// <summary>Adds the test metrics.</summary>
    public static void Add(RunFolder folder, int step, IReadOnlyList<TaskEvaluation> evaluations) =>
        EventFile.Latest(folder).Add(
        step,
        evaluations.SelectMany(static one => one.Metrics.Select(
            metric => ($"test/{one.Task.Name}/{TaskMetrics.NameOf(metric.Metric)}", metric.Value))));

    private void LookAtRouter(int step)
    {
        if (router() is not { } table) return;
        RouterHistory.Append(_routers, step, table);
        _events!.Add(step, table.Tasks.SelectMany((task, i) => table.Columns.Select(
            (column, j) => ($"router/{task}/{column}", table.Weights[i][j]))));
    }
}

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

/// <summary>The weights of a router at a step.</summary>
/// <param name="Step">Finished steps; 0 before training.</param>
/// <param name="Weights">By task and source prompt.</param>
public sealed record RouterMoment(
    int Step,
    [property: JsonPropertyName("tasks")] IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Weights);

/// <summary>
/// <c>router.jsonl</c>: the router's weights in the course of training, a line a moment,
/// <c>{"step", "tasks": {TASK: {SOURCE: weight}}}</c>.
/// </summary>
public static class RouterHistory
{
    /// <summary>Moments of a run that does not evaluate while it trains.</summary>
    private const int Moments = 20;

    /// <summary>Steps between two moments: those of evaluations, or else a twentieth of all.</summary>
    public static int EveryOf(TrainingSettings training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return training.EvaluateEvery > 0 ? training.EvaluateEvery : Math.Max(1, training.Steps / Moments);
    }

    /// <summary>Adds a moment.</summary>
    public static void Append(string path, int step, RouterTable router)
    {
        ArgumentNullException.ThrowIfNull(router);
        JsonFile.Append(path, new RouterMoment(step, router.ByTask()), RunTypes.Default.RouterMoment);
    }

    /// <summary>The moments of a file, lines that are none passed over; none where there is no file.</summary>
    public static IReadOnlyList<RouterMoment> Read(string path) =>
        [.. JsonFile.ReadLines(path, RunTypes.Default.RouterMoment)
            .Where(static moment => !moment.Weights.Values.Contains(null!))];
}
