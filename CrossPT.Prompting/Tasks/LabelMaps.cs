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
