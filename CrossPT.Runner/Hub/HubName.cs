using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub;

/// <summary>
/// A repository on the hub and a revision of it: <c>t5-base</c>, <c>google/mt5-small</c>,
/// <c>google/t5-base-lm-adapt@refs/pr/2</c>.
/// </summary>
/// <param name="Repository">Its name, with or without an owner.</param>
/// <param name="Revision">A branch, a tag, <c>refs/pr/N</c> or a commit.</param>
internal sealed partial record HubName(string Repository, string Revision)
{
    public const string MainRevision = "main";

    private const string RenamedOwner = "google-t5/";

    // Repositories of the hub's first days had no owner; these were given one, and both names lead to them.
    private static readonly string[] s_renamed = ["t5-small", "t5-base", "t5-large", "t5-3b", "t5-11b"];

    /// <summary>Whether it is a data set and not a model.</summary>
    public bool IsDataset { get; init; }

    /// <summary>Its path on the hub.</summary>
    public string Path => IsDataset ? $"datasets/{Repository}" : Repository;

    /// <summary>Whether the revision is a commit, which never changes.</summary>
    public bool IsCommit => IsCommitHash(Revision);

    /// <summary>The repository under all names it is known by, the one that was asked for first.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            yield return Repository;
            if (s_renamed.Contains(Repository)) yield return RenamedOwner + Repository;
            else if (Repository.StartsWith(RenamedOwner, StringComparison.Ordinal)
                && Repository[RenamedOwner.Length..] is { } old && s_renamed.Contains(old))
                yield return old;
        }
    }

    /// <summary>Reads a name with or without <c>@REVISION</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HubName? name)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        (string repository, string revision) = at < 0 ? (text, MainRevision) : (text[..at], text[(at + 1)..]);
        name = IsRepository(repository) && IsRevision(revision) ? new HubName(repository, revision) : null;
        return name is not null;
    }

    /// <summary>Reads a name and a revision given apart.</summary>
    /// <exception cref="UserException">One of them can be none.</exception>
    public static HubName Parse(string text, string? revision)
    {
        if (revision is not null && !IsRevision(revision))
            throw new UserException($"--revision: found '{revision}', expected a branch, a tag, refs/pr/N or a commit");
        if (!TryParse(text, out HubName? name))
            throw new UserException($"'{text}': can be no repository's name, expected NAME or OWNER/NAME");
        if (revision is null) return name;
        return text.Contains('@', StringComparison.Ordinal)
            ? throw new UserException("--revision beside NAME@REVISION, expected one of them")
            : name with { Revision = revision };
    }

    public override string ToString() => Revision == MainRevision ? Repository : $"{Repository}@{Revision}";

    /// <summary>Whether a text is the name of a git commit in full.</summary>
    public static bool IsCommitHash(string text) => text.Length == 40
        && text.All(static c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    private static bool IsRepository(string text) =>
        Repositories().IsMatch(text) && !text.Contains("--", StringComparison.Ordinal)
            && !text.Contains("..", StringComparison.Ordinal)
        && !text.EndsWith(".git", StringComparison.OrdinalIgnoreCase)
            && text.Split('/').All(static part => part[^1] is not ('-' or '.'));

    // It becomes a path below refs: no part of it may lead elsewhere.
    private static bool IsRevision(string text) => text.Length <= 200 && Revisions().IsMatch(text)
        && !text.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})?\z")]
    private static partial Regex Repositories();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Revisions();
}
