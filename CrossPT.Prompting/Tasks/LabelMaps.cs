using System.Globalization;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// Other words for a task's labels, to see how much of the transfer between tasks rests on the words they share: the
/// label-semantics study of CrossPT (Pouramini and Faili 2025).
/// </summary>
/// <remarks>
/// Of every task: <c>map</c>, the words as declared; <c>digits</c>, the place of each label; <c>distinct</c>, the
/// task's name and the place, shared with no other task. What a declaration's <c>maps</c> adds is of that task alone:
/// <c>map1</c> to <c>map4</c> swap words between MRPC, QQP and QNLI, <c>shared</c> and <c>synonyms</c> are the levels
/// of the study for the tasks about entailment and paraphrase, and <c>gen</c> has words that mean nothing to T5. A
/// declaration's own <c>digits</c> or <c>distinct</c> stand in place of the general ones, for a model that has no
/// pieces for those.
/// </remarks>
public static class LabelMaps
{
    /// <summary>The words as declared.</summary>
    public const string Declared = "map";

    private const string Digits = "digits", Distinct = "distinct";

    private static readonly string[] s_general = [Declared, Digits, Distinct];

    /// <summary>Names of the maps that a task can take.</summary>
    public static IReadOnlyList<string> NamesOf(TaskDeclaration task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.Kind == TaskKind.Labels ? [.. s_general, .. task.Maps.Keys.Except(s_general)] : [Declared];
    }

    /// <summary>The task with the words of a map.</summary>
    /// <exception cref="ArgumentException">The task has no such map; the message names those it has.</exception>
    public static TaskDeclaration Apply(TaskDeclaration task, string map)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(map);
        IReadOnlyList<string> names = NamesOf(task);
        if (!names.Contains(map))
            throw new ArgumentException(
                $"The task '{task.Name}' has no label map '{map}', only {string.Join(", ", names)}.", nameof(map));
        return map switch
        {
            Declared => task,
            _ when task.Maps.TryGetValue(map, out IReadOnlyDictionary<string, string>? words) =>
                WithWords(task, place => words[task.Labels[place].Value]),
            Digits => WithWords(task, static place => place.ToString(CultureInfo.InvariantCulture)),
            _ => WithWords(task, place => string.Create(CultureInfo.InvariantCulture, $"{task.Name}{place}")),
        };
    }

    private static TaskDeclaration WithWords(TaskDeclaration task, Func<int, string> word) =>
        task with { Labels = [.. task.Labels.Select((label, place) => label with { Word = word(place) })] };
}

/// <summary>
/// Finds a task's labels by their spelling in data: as declared, else without surrounding space, as a number written
/// <c>1.0</c> or a truth value for <c>1</c> and <c>0</c> (or the other way round), or in another case where that can
/// mean one label only.
/// </summary>
internal sealed class LabelNames
{
    private const int Ambiguous = -1;

    private readonly Dictionary<string, int> _exact = [];
    private readonly Dictionary<string, int> _anyCase = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="task">The task.</param>
    /// <param name="spellings">Spellings of the file at hand, which come before the task's own.</param>
    public LabelNames(TaskDeclaration task, IReadOnlyDictionary<string, string> spellings)
    {
        Dictionary<string, int> values = [];
        for (int i = 0; i < task.Labels.Count; i++) values.TryAdd(task.Labels[i].Value, i);
        foreach ((string spelling, string value) in spellings.Concat(task.Spellings))
            _exact.TryAdd(spelling, values[value]);
        foreach ((string value, int place) in values) _exact.TryAdd(value, place);
        foreach ((string name, int place) in _exact)
        {
            if (!_anyCase.TryAdd(name, place) && _anyCase[name] != place) _anyCase[name] = Ambiguous;
        }
        // The file's own numbers may stand for anything: Yelp's 1 is the first of two.
        if (spellings.ContainsKey("0") || spellings.ContainsKey("1")) return;
        AddPair("0", "1", "false", "true");
        AddPair("false", "true", "0", "1");
    }

    /// <summary>Index of a label, or −1.</summary>
    public int Find(string text)
    {
        if (_exact.TryGetValue(text, out int place)) return place;
        text = text.Trim();
        if (_exact.TryGetValue(text, out place) || _anyCase.TryGetValue(text, out place)) return place;
        bool isWhole = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && Math.Abs(number) < 1L << 53 && number == Math.Truncate(number);
        return isWhole ? _anyCase.GetValueOrDefault(((long)number).ToString(CultureInfo.InvariantCulture), -1) : -1;
    }

    /// <summary>Two further names of two labels, where neither has a meaning of its own.</summary>
    private void AddPair(string no, string yes, string otherNo, string otherYes)
    {
        bool hasBoth = _anyCase.TryGetValue(no, out int noPlace) && _anyCase.TryGetValue(yes, out int yesPlace)
            && noPlace != yesPlace;
        if (!hasBoth || _anyCase.ContainsKey(otherNo) || _anyCase.ContainsKey(otherYes)) return;
        _anyCase.Add(otherNo, noPlace);
        _anyCase.Add(otherYes, _anyCase[yes]);
    }
}
