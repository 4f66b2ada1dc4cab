namespace CrossPT.Runner.Hub.Transfer;

/// <summary>Is told how a download goes.</summary>
internal interface ITransferProgress
{
    /// <summary>A file begins, or goes on.</summary>
    /// <param name="name">The file.</param>
    /// <param name="size">Its bytes, if known.</param>
    /// <param name="present">Bytes that were there already.</param>
    void Begin(string name, long? size, long present);

    /// <summary>More bytes came.</summary>
    void Advance(int bytes);

    /// <summary>The file is whole.</summary>
    void End();

    /// <summary>A line about something else.</summary>
    void Note(string text);
}
