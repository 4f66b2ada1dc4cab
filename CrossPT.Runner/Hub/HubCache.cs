using CrossPT.Runner.Cli;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Hub;

/// <summary>
/// The cache on disk, laid out as <c>huggingface_hub</c> does: <c>models--OWNER--NAME/blobs/ETAG</c>,
/// <c>refs/REVISION</c> with the commit, <c>snapshots/COMMIT/FILE</c> as a relative link to its blob,
/// <c>.no_exist/COMMIT/FILE</c>, and <c>.locks/models--OWNER--NAME/ETAG.lock</c>.
/// </summary>
/// <param name="root">The cache's folder.</param>
/// <param name="kind"><c>models</c> or <c>datasets</c>.</param>
/// <remarks>Hugging Face, "Understand caching" (hub documentation, local-cache).</remarks>
internal sealed class HubCache(string root, string kind = "models")
{
    public string Root => root;

    /// <summary>Makes a link at a path that leads to another; throws where there are none.</summary>
    public Action<string, string> MakeLink { get; init; } = static (path, target) =>
        File.CreateSymbolicLink(path, target);

    /// <summary>A repository's folder, whether it is there or not.</summary>
    public string FolderOf(string repository) => Path.Combine(root, NameOf(repository));

    public string SnapshotOf(string repository, string commit) =>
        Path.Combine(FolderOf(repository), "snapshots", commit);

    public string BlobOf(string repository, string etag) => Path.Combine(FolderOf(repository), "blobs", etag);

    public string LockOf(string repository, string etag) =>
        Path.Combine(root, ".locks", NameOf(repository), $"{etag}.lock");

    /// <summary>The commit that a revision was when it was last asked for; null where nobody asked.</summary>
    public string? CommitOf(string repository, HubName name)
    {
        if (name.IsCommit) return name.Revision;
        string path = RefOf(repository, name.Revision);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = stackalloc byte[64];
            string text = System.Text.Encoding.ASCII.GetString(
                bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]).Trim();
            return HubName.IsCommitHash(text) ? text : null;
        }
        catch (Exception error) when (
            error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers the commit of a branch, a tag or a pull request.</summary>
    public void SetCommit(string repository, HubName name, string commit)
    {
        if (name.IsCommit || CommitOf(repository, name) == commit) return;
        string path = RefOf(repository, name.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(commit)));
    }

    /// <summary>Whether a commit is known to lack a file.</summary>
    public bool IsKnownToLack(string repository, string commit, string file) =>
        File.Exists(AbsenceOf(repository, commit, file));

    /// <summary>Remembers that a commit lacks a file.</summary>
    public void SetAbsent(string repository, string commit, string file)
    {
        string path = AbsenceOf(repository, commit, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream _ = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
    }

    /// <summary>Puts a blob into a snapshot: as a link, or itself where the file system has none.</summary>
    public void Link(string repository, string commit, string file, string etag)
    {
        string pointer = Path.Combine(SnapshotOf(repository, commit), file), blob = BlobOf(repository, etag);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        // Beside it first: a snapshot has a file or has it not.
        string temporary = $"{pointer}.{Path.GetRandomFileName()}";
        try
        {
            MakeLink(temporary, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob));
        }
        catch (Exception error) when (
            error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Move(blob, pointer, overwrite: true);
            return;
        }
        File.Move(temporary, pointer, overwrite: true);
    }

    /// <summary>Whether a path is a file, or a link that leads to one: a link to nothing counts as nothing.</summary>
    public static bool IsFile(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Exists && (file.LinkTarget is null
                || file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true });
        }
        catch (IOException)
        {
            // Links in a circle.
            return false;
        }
    }

    private string NameOf(string repository) => $"{kind}--{repository.Replace("/", "--", StringComparison.Ordinal)}";

    private string RefOf(string repository, string revision)
    {
        string path = Path.Combine(FolderOf(repository), "refs", revision);
        return Directory.Exists(path)
            ? throw new UserException($"{path}: is a folder, expected the file of the revision {revision}") : path;
    }

    private string AbsenceOf(string repository, string commit, string file) =>
        Path.Combine(FolderOf(repository), ".no_exist", commit, file);
}
