namespace CrossPT.Runner.Hub.Data;

/// <summary>What a file of a data set is.</summary>
internal enum DataFileKind
{
    /// <summary>One file, taken as it is.</summary>
    Plain,

    /// <summary>A zip archive.</summary>
    Zip,

    /// <summary>A tar archive, compressed with gzip.</summary>
    TarGzip,
}

/// <summary>A file at a data set's official address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Paths">
/// What is taken from it, as paths from the data folder: files, or folders of texts, with a slash at their end. Of a
/// plain file, the one it becomes.
/// </param>
internal sealed record DataFile(string Address, DataFileKind Kind, IReadOnlyList<string> Paths)
{
    /// <summary>Paths that are taken where they are there: test rows without labels, which no task reads.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];

    /// <summary>Its bytes; null where nobody published them.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its SHA-256; null where nobody published it.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>A data set that <c>pull</c> downloads.</summary>
/// <param name="Name">As tasks are called.</param>
/// <param name="Group">The collection it belongs to: <c>glue</c>, <c>superglue</c>; null for none.</param>
/// <param name="Terms">Whose it is and on which terms, in a sentence.</param>
/// <param name="Files">What it consists of.</param>
internal sealed record DataSet(string Name, string? Group, string Terms, IReadOnlyList<DataFile> Files);
