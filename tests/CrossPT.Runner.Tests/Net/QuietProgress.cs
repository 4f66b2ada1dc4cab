using System.Collections.Concurrent;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Tests.Net;

/// <summary>Keeps the lines.</summary>
internal sealed class QuietProgress : ITransferProgress
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public void Begin(string name, long? size, long present)
    {
    }

    public void Advance(int bytes)
    {
    }

    public void End()
    {
    }

    public void Note(string text) => Lines.Enqueue(text);
}
