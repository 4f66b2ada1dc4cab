using System.Globalization;
using System.Text.Json;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tasks;

/// <summary>Rows of one part of a task that a run uses.</summary>
/// <param name="Name">training, validation or test.</param>
/// <param name="Rows">How many.</param>
/// <param name="Labels">Rows of every label; empty for scores and candidates.</param>
/// <param name="Lengths">Tokens of its texts before they are cut, shortest first: of the first rows.</param>
/// <param name="Unknown">Of those texts, the ones with something that the vocabulary has no piece for.</param>
public sealed record DataPart(
    string Name, int Rows, IReadOnlyList<int> Labels, IReadOnlyList<int> Lengths, int Unknown);

/// <summary>Findings about a task's rows before anything is trained on them.</summary>
public sealed class DataCheck
{
    /// <summary>Rows of a part whose tokens are counted; the other checks look at all rows.</summary>
    public const int MostMeasured = 2000;

    private const int MostShown = 8, LongestExcerpt = 40;

    private readonly TaskCodec _codec;

    private DataCheck(TaskCodec codec, IReadOnlyList<string> files, IReadOnlyList<DataPart> parts)
    {
        _codec = codec;
        Files = files;
        Parts = parts;
    }

    /// <summary>The files that were read.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Training rows (those that are trained on), validation rows, test rows.</summary>
    public IReadOnlyList<DataPart> Parts { get; }

    /// <summary>Warnings, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Texts whose tokens were counted.</summary>
    public int Measured => Parts.Sum(static part => part.Lengths.Count);

    /// <summary>Of those, the ones that are cut.</summary>
    public int Cut => Parts.Sum(part => part.Lengths.Count(length => length > _codec.SourceLength));

    /// <summary>Tokens of the longest text.</summary>
    public int Longest => Parts.Max(static part => part.Lengths.Count > 0 ? part.Lengths[^1] : 0);

    /// <summary>Looks at a task's rows.</summary>
    internal static DataCheck Of(TaskCodec codec, TaskSplits splits)
    {
        DataPart[] parts =
        [
            Part("training", splits.Shots), Part("validation", splits.Validation), Part("test", splits.Test),
        ];
        DataCheck check = new(codec, splits.Files, parts);
        string name = $"task '{codec.Task.Name}': ";
        string[] found = [.. check.Labels(), .. check.FirstPieces(), .. check.Texts(), .. Repeats(splits)];
        check.Warnings = [.. splits.EmptyRows, .. found.Select(warning => name + warning)];
        return check;

        DataPart Part(string part, IReadOnlyList<Example> rows)
        {
            int[] labels = new int[codec.Task.Kind == TaskKind.Labels ? codec.Task.Labels.Count : 0];
            if (labels.Length > 0)
            {
                foreach (Example row in rows) labels[row.Label]++;
            }
            (int Length, bool IsUnknown)[] texts = [.. rows.Take(MostMeasured).Select(codec.Measure)];
            int[] lengths = [.. texts.Select(static text => text.Length).Order()];
            return new DataPart(part, rows.Count, labels, lengths, texts.Count(static text => text.IsUnknown));
        }
    }

    /// <summary>The parts in one line: rows, and of each label.</summary>
    public string DescribeRows() => string.Join(", ", Parts.Select(part =>
    {
        string labels = part.Labels.Count is 0 or > MostShown
            ? ""
            : $" ({string.Join(", ", part.Labels.Select((rows, label) => $"{rows} {Word(label)}"))})";
        return string.Create(CultureInfo.InvariantCulture, $"{part.Rows} {part.Name}{labels}");
    }));

    /// <summary>The lengths in one line.</summary>
    public string DescribeTokens()
    {
        int[] lengths = [.. Parts.SelectMany(static part => part.Lengths).Order()];
        string first = Parts.Any(static part => part.Rows > MostMeasured)
            ? $", of the first {MostMeasured} rows of each part"
            : "";
        return $"median {lengths[lengths.Length / 2]}, longest {Longest}; {Cut} of {Measured} are cut at "
            + $"{_codec.SourceLength}{first}";
    }

    /// <summary>Writes the check as an object, warnings apart.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("task", _codec.Task.Name);
        json.WriteStartArray("files");
        foreach (string file in Files) json.WriteStringValue(file);
        json.WriteEndArray();
        json.WriteStartArray("parts");
        foreach (DataPart part in Parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteNumber("rows", part.Rows);
            if (part.Labels.Count > 0)
            {
                json.WriteStartObject("labels");
                for (int i = 0; i < part.Labels.Count; i++)
                    json.WriteNumber(_codec.Task.Labels[i].Value, part.Labels[i]);
                json.WriteEndObject();
            }
            if (part.Lengths.Count > 0)
            {
                json.WriteNumber("measured", part.Lengths.Count);
                json.WriteNumber("median_tokens", part.Lengths[part.Lengths.Count / 2]);
                json.WriteNumber("longest_tokens", part.Lengths[^1]);
                json.WriteNumber("unknown", part.Unknown);
                json.WriteNumber("cut", part.Lengths.Count(length => length > _codec.SourceLength));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string Word(int label) => _codec.Task.Labels[label].Word;

    private IEnumerable<string> Labels()
    {
        if (_codec.Task.Kind != TaskKind.Labels) yield break;
        DataPart training = Parts[0], test = Parts[^1];
        int[] seen = [.. Enumerable.Range(0, training.Labels.Count).Where(label => training.Labels[label] > 0)];
        if (seen.Length == 1)
            yield return $"all {training.Rows} training rows have the label '{Word(seen[0])}'";
        IEnumerable<int> tested = Enumerable.Range(0, test.Labels.Count).Where(label => test.Labels[label] > 0);
        foreach (int label in tested.Except(seen))
        {
            yield return $"no training row has the label '{Word(label)}', which {test.Labels[label]} of {test.Rows} "
                + "test rows have";
        }
        int only = Enumerable.Range(0, test.Labels.Count).FirstOrDefault(label => test.Labels[label] == test.Rows, -1);
        if (only >= 0 && test.Rows > 0) yield return $"all {test.Rows} test rows have the label '{Word(only)}'";
    }

    /// <summary>Label words with the same first piece: the first token predicted does not tell them apart.</summary>
    private IEnumerable<string> FirstPieces()
    {
        if (_codec.Task.Kind != TaskKind.Labels) yield break;
        IEnumerable<IGrouping<string, int>> alike = Enumerable.Range(0, _codec.LabelIds.Count)
            .GroupBy(label => _codec.PieceOf(_codec.LabelIds[label][0]))
            // A piece that is a space alone says nothing of any word.
            .Where(static group => group.Count() > 1 && group.Key.Length > 1);
        foreach (IGrouping<string, int> group in alike)
        {
            string words = string.Join(", ", group.Take(MostShown).Select(label => $"'{Word(label)}'"));
            yield return $"the label words {words} begin with the same piece {group.Key}; words that differ from the "
                + "start are easier to learn";
        }
    }

    private IEnumerable<string> Texts()
    {
        if (Cut > 0)
            yield return $"{ShareOf(Cut)} are longer than {_codec.SourceLength} tokens and are cut; "
                + $"data.sourceLength={Longest} keeps them whole";
        // Some signs without a piece, as emoji, are in most data.
        int unknown = Parts.Sum(static part => part.Unknown);
        if (unknown * 10 > Measured)
            yield return $"{ShareOf(unknown)} have characters that the vocabulary has no piece for: "
                + "the model may not know their language";
    }

    private string ShareOf(int texts) => string.Create(
        CultureInfo.InvariantCulture, $"{texts} of {Measured} texts ({100.0 * texts / Measured:F1} %)");

    private static IEnumerable<string> Repeats(TaskSplits splits)
    {
        Dictionary<string, Example> trained = [];
        int repeated = 0;
        Example? contradicted = null;
        foreach (Example row in splits.Shots)
        {
            if (trained.TryAdd(SplitShares.KeyOf(row.Text), row)) continue;
            repeated++;
            Example first = trained[SplitShares.KeyOf(row.Text)];
            if ((first.Label, first.Score) != (row.Label, row.Score) && row.Candidates is null) contradicted ??= row;
        }
        if (repeated > 0)
            yield return $"{repeated} of {splits.Shots.Count} training rows repeat the text of another";
        if (contradicted is not null)
            yield return $"the text {Excerpt(contradicted)} has two different answers among the training rows";
        Example[] leaked = [.. splits.Test.Where(row => trained.ContainsKey(SplitShares.KeyOf(row.Text)))];
        if (leaked.Length > 0)
            yield return $"{leaked.Length} of {splits.Test.Count} test rows have a text that is trained on, as "
                + $"{Excerpt(leaked[0])}: their scores say nothing about new texts";
    }

    private static string Excerpt(Example row)
    {
        string text = row.Text.ReplaceLineEndings(" ");
        return text.Length <= LongestExcerpt ? $"\"{text}\"" : $"\"{text.AsSpan(0, LongestExcerpt)}…\"";
    }
}
