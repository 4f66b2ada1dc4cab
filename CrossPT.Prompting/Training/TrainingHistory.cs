using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Training;

/// <summary>
/// <c>history.jsonl</c>: a line a step, <c>{"step", "loss", "tasks", …}</c>, and a line an evaluation,
/// <c>{"step", "score", "best"}</c>; after a resume as if there had been no interruption.
/// </summary>
public static class TrainingHistory
{
    /// <summary>Adds a step.</summary>
    public static void Append(string path, TrainingStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        JsonFile.Append(path, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("step", step.Number);
            json.WriteNumber("loss", step.Loss);
            json.WriteNumber("seconds", Math.Round(step.Seconds, 6));
            json.WriteNumber("tokens", step.Tokens);
            json.WriteNumber("tokens_per_second", Math.Round(step.TokensPerSecond, 1));
            json.WriteStartObject("tasks");
            foreach ((string task, double loss) in step.TaskLosses) json.WriteNumber(task, loss);
            json.WriteEndObject();
            json.WriteStartObject("learning_rate");
            foreach ((ParameterRole role, double rate) in step.LearningRates) json.WriteNumber(
                role.ToString().ToLowerInvariant(), rate);
            json.WriteEndObject();
            if (step.ReservedBytes is { } bytes) json.WriteNumber("reserved_bytes", bytes);
            if (step.UsedBytes is { } used) json.WriteNumber("used_bytes", used);
            json.WriteEndObject();
        });
    }

    /// <summary>Adds an evaluation.</summary>
    public static void Append(string path, TrainingEvaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        JsonFile.Append(path, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("step", evaluation.Step);
            if (double.IsFinite(evaluation.Score)) json.WriteNumber("score", evaluation.Score);
            else json.WriteNull("score");
            json.WriteBoolean("best", evaluation.IsBest);
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// Drops what a checkpoint does not know: lines of later steps, an evaluation it is going to make again, and a last
    /// line that was only half written. A file that is missing stays missing.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="step">Finished steps at the checkpoint.</param>
    /// <param name="evaluatedStep">Finished steps at its last evaluation.</param>
    /// <exception cref="IOException">The file cannot be read or written; it is as it was.</exception>
    public static void Repair(string path, int step, int evaluatedStep)
    {
        if (!File.Exists(path)) return;
        byte[] old = File.ReadAllBytes(path);
        using MemoryStream kept = new(old.Length);
        foreach (Range range in old.AsSpan().Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = old.AsSpan(range);
            // What follows the last line end is half a line, or nothing.
            if (range.End.GetOffset(old.Length) == old.Length || Parse(line) is not { } record) continue;
            if (record.Step > (record.IsEvaluation ? evaluatedStep : step)) continue;
            kept.Write(line);
            kept.WriteByte((byte)'\n');
        }
        if (kept.Length != old.Length) AtomicFile.Write(path, kept.WriteTo);
    }

    /// <summary>
    /// The steps of a history, as <see cref="Append(string, TrainingStep)"/> wrote them; other lines are skipped.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read, or a step lacks a value; the message names the
    /// line.</exception>
    public static IReadOnlyList<TrainingStep> Read(string path)
    {
        List<TrainingStep> steps = [];
        if (!File.Exists(path)) return steps;
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            try
            {
                if (ParseStep(line) is { } step) steps.Add(step);
            }
            catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException
                or FormatException or ArgumentException or OverflowException)
            {
                throw new IOException($"{path}:{number}: not the history of a run ({error.Reason()})", error);
            }
        }
        return steps;
    }

    /// <summary>The evaluations of a history; other lines are passed over.</summary>
    public static IReadOnlyList<TrainingEvaluation> ReadEvaluations(string path) =>
        !File.Exists(path) ? [] : [.. File.ReadLines(path).Select(ParseEvaluation).OfType<TrainingEvaluation>()];

    private static (int Step, bool IsEvaluation)? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetString(line));
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("step", out JsonElement step)
                && step.TryGetInt32(out int number)
                ? (number, root.TryGetProperty("score", out _))
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static TrainingEvaluation? ParseEvaluation(string line)
    {
        if (Parse(Encoding.UTF8.GetBytes(line)) is not { IsEvaluation: true } record) return null;
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement, score = root.GetProperty("score");
        return new TrainingEvaluation(
            record.Step, score.ValueKind == JsonValueKind.Number ? score.GetDouble() : double.NaN,
            root.TryGetProperty("best", out JsonElement best) && best.ValueKind == JsonValueKind.True);
    }

    private static TrainingStep? ParseStep(string line)
    {
        if (Parse(Encoding.UTF8.GetBytes(line)) is not { IsEvaluation: false }) return null;
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return new TrainingStep(
            root.GetProperty("step").GetInt32(), root.GetProperty("loss").GetDouble(),
            root.GetProperty("seconds").GetDouble(), root.GetProperty("tokens").GetInt32(),
            root.GetProperty("learning_rate").EnumerateObject()
                .ToDictionary(
                    static one => Enum.Parse<ParameterRole>(one.Name, ignoreCase: true),
                    static one => one.Value.GetDouble()),
            Optional("reserved_bytes"), Optional("used_bytes"))
        {
            TaskLosses = root.TryGetProperty("tasks", out JsonElement tasks)
                ? tasks.EnumerateObject().ToDictionary(static one => one.Name, static one => one.Value.GetDouble())
                : new Dictionary<string, double>(),
        };

        long? Optional(string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : null;
    }
}
