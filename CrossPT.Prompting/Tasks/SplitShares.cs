using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// Divides the rows of one file by shares, label by label. Rows of one text or of one question stay on one side, and
/// the same file and seed always give the same rows, whatever the task is called and whatever seed the run has.
/// </summary>
/// <param name="Validation">Share of the rows for validation.</param>
/// <param name="Test">Share of the rows for testing.</param>
/// <param name="Seed">Seed of the draw.</param>
public sealed record SplitShares(double Validation, double Test, long Seed) : ICheckedRecord
{
    /// <summary>Shares to be read.</summary>
    public SplitShares()
        : this(0, 0, 1)
    {
    }

    /// <summary>Share of the rows for validation.</summary>
    [JsonInclude, RequiredSetting("a share of the rows"), Range(0.0001, 0.9)]
    public double Validation { get; internal set; } = Validation;

    /// <summary>Share of the rows for testing; the rest is for training.</summary>
    [JsonInclude, RequiredSetting("a share of the rows"), Range(0.0001, 0.9)]
    public double Test { get; internal set; } = Test;

    /// <summary>Seed of the draw.</summary>
    [JsonInclude, Range(0, long.MaxValue)]
    public long Seed { get; internal set; } = Seed;

    /// <summary>Where nothing is said: an eighth for validation, a quarter for testing.</summary>
    internal static SplitShares Default { get; } = new(0.125, 0.25, 0);

    /// <summary>Divides the rows.</summary>
    /// <exception cref="ArgumentException">There are too few different texts for three parts.</exception>
    internal (Example[] Train, Example[] Validation, Example[] Test) Divide(
        TaskDeclaration task, IReadOnlyList<Example> rows)
    {
        Example[][] groups = GroupsOf(rows);
        Example[][][] strata =
        [
            .. groups.GroupBy(group => task.Kind == TaskKind.Labels ? group[0].Label : 0)
                .OrderBy(static stratum => stratum.Key).Select(static stratum => stratum.ToArray()),
        ];
        int[] sizes = Array.ConvertAll(strata, static stratum => stratum.Sum(static group => group.Length));
        int[] testRows = Apportion(RowsOf(Test, rows.Count), sizes);
        int[] validationRows = Apportion(RowsOf(Validation, rows.Count), sizes);
        CounterRandom random = new((ulong)Seed, RandomStreams.Of("shares"));
        List<Example> train = [], validation = [], test = [];
        for (int i = 0; i < strata.Length; i++)
        {
            random.Shuffle(strata[i].AsSpan());
            // Every label has rows to train on before any to measure with.
            train.AddRange(strata[i][0]);
            foreach (Example[] group in strata[i].Skip(1))
            {
                if (Take(group, ref testRows[i])) test.AddRange(group);
                else if (Take(group, ref validationRows[i])) validation.AddRange(group);
                else train.AddRange(group);
            }
        }
        if (test.Count == 0 || validation.Count == 0)
        {
            throw new ArgumentException(
                $"The task '{task.Name}' has {rows.Count} rows of {groups.Length} different texts, expected more, "
                + "to divide them into training, validation and test rows.");
        }
        return ([.. train], [.. validation], [.. test]);
    }

    /// <summary>What makes two texts the same: everything but case and white space.</summary>
    internal static string KeyOf(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (Validation + Test < 1) return;
        throw section.Value.Wrong(
            "shares for validation and testing that leave rows to train on: less than 1 together");
    }

    private static int RowsOf(double share, int rows) => Math.Max(1, (int)((share * rows) + 1e-6));

    private static bool Take(Example[] group, ref int room)
    {
        if (group.Length > room) return false;
        room -= group.Length;
        return true;
    }

    /// <summary>Shares a number out in proportion to sizes, by largest remainders.</summary>
    private static int[] Apportion(int total, int[] sizes)
    {
        double all = sizes.Sum();
        double[] exact = Array.ConvertAll(sizes, size => total * size / all);
        int[] parts = Array.ConvertAll(exact, static part => (int)part);
        IEnumerable<int> byRemainder = Enumerable.Range(0, sizes.Length).OrderByDescending(i => exact[i] - parts[i]);
        foreach (int i in byRemainder.Take(total - parts.Sum())) parts[i]++;
        return parts;
    }

    /// <summary>Rows that share a text or a question, directly or through others, in the order of the file.</summary>
    private static Example[][] GroupsOf(IReadOnlyList<Example> rows)
    {
        int[] parent = [.. Enumerable.Range(0, rows.Count)];
        Dictionary<string, int> texts = [], questions = [];
        for (int i = 0; i < rows.Count; i++)
        {
            Join(texts, KeyOf(rows[i].Text), i);
            if (rows[i].Group is { } question) Join(questions, question, i);
        }
        return
        [
            .. Enumerable.Range(0, rows.Count).GroupBy(Root)
                .Select(group => group.Select(place => rows[place]).ToArray()),
        ];

        void Join(Dictionary<string, int> seen, string key, int row)
        {
            if (seen.TryGetValue(key, out int other)) parent[Root(row)] = Root(other);
            else seen.Add(key, row);
        }

        int Root(int row)
        {
            while (parent[row] != row) row = parent[row] = parent[parent[row]];
            return row;
        }
    }
}
