namespace CrossPT.Runner.Transfer;

/// <summary>A file to download and what is known of it beforehand.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Address">Where it is.</param>
internal sealed record RemoteFile(string Name, Uri Address)
{
    /// <summary>Its bytes; null where nobody says.</summary>
    public long? Size { get; init; }

    /// <summary>Its hash; null where nobody says.</summary>
    public ContentHash? Hash { get; init; }

    /// <summary>More bytes than this are never taken, whatever the server says.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Says what an answer other than the file means; null for the status alone.</summary>
    public Func<HttpResponseMessage, Exception?>? Explain { get; init; }
}
