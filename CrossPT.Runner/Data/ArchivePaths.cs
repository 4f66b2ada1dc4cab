using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Data;

/// <summary>Decides about the names in an archive: which are taken, and that none is a trick.</summary>
internal sealed class ArchivePaths(DataFile file, string archive)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Whether an entry is taken; a second one of its name is an error.</summary>
    /// <param name="name">Its name in the archive.</param>
    /// <param name="path">Its path from the data folder: a plain name at the end of a path of ours.</param>
    /// <exception cref="UserException">The name leads out of the folder: such an archive is not used at all.</exception>
    public bool Takes(string name, out string path)
    {
        path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        if (LeadsOut(path))
            throw new UserException($"{archive}: has an entry '{Shown(name)}', which leads out of the folder; it is not unpacked", ExitCode.Failed);
        if (!IsWanted(path)) return false;
        return _taken.Add(path) ? true : throw new UserException($"{archive}: has two entries '{Shown(name)}', expected one", ExitCode.Failed);
    }

    /// <summary>Refuses an archive that lacks something.</summary>
    public void CheckComplete()
    {
        foreach (string path in file.Paths)
        {
            if (path.EndsWith('/') ? !_taken.Any(taken => taken.StartsWith(path, StringComparison.Ordinal)) : !_taken.Contains(path))
                throw new UserException($"{archive}: has no {path}; its layout has changed", ExitCode.Failed);
        }
    }

    /// <summary>A name fit for a message.</summary>
    public static string Shown(string name) => name.Length <= 100 ? name : $"{name[..100]}…";

    private static bool LeadsOut(string path) =>
        path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || path.Contains(':', StringComparison.Ordinal)
        || path.Split('/', '\\').Contains("..") || path.StartsWith('\\');

    private bool IsWanted(string path)
    {
        if (path.EndsWith('/')) return false;
        foreach (string wanted in file.Paths.Concat(file.Optional))
        {
            if (wanted.EndsWith('/') ? path.StartsWith(wanted, StringComparison.Ordinal) && IsPlain(path[wanted.Length..]) : path == wanted) return true;
        }
        return false;
    }

    private static bool IsPlain(string name)
        => name.Length <= 200 && name[0] != '.' && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
