using CrossPT.Transformer;

namespace CrossPT.Runner.Consoles;

/// <summary>
/// One bar for pieces of work that follow each other: each takes the place of the one before and goes when it is done.
/// </summary>
internal sealed class WorkBar(ConsoleOutput console) : IProgress<WorkProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private ProgressBar? _bar;
    private string? _work;

    public void Report(WorkProgress value)
    {
        if (!console.IsLive) return;
        lock (_gate)
        {
            if (value.Work != _work)
            {
                Dispose();
                (_bar, _work) = (console.Progress(value.Work, value.Total, value.Unit), value.Work);
            }
            _bar!.Report(value.Done);
            if (value.Total > 0 && value.Done >= value.Total) Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _bar?.Dispose();
            (_bar, _work) = (null, null);
        }
    }
}
