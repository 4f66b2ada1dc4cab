using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CrossPT.Prompting.Serving;

/// <summary>The instruments of <see cref="PromptServer.MeterName"/>.</summary>
internal sealed class ServingMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<int> s_sizes = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    };

    private readonly Meter _meter = new(PromptServer.MeterName);
    private readonly Histogram<double> _latency;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _batchTime;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _generated;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _cancelled;
    private readonly Counter<long> _failed;

    public ServingMetrics(Func<int> queueLength, Func<int> tasks)
    {
        _latency = _meter.CreateHistogram(
            "crosspt.request.duration", "s", "From acceptance to answer.", null, s_seconds);
        _batchSize = _meter.CreateHistogram("crosspt.batch.size", "{example}", "Examples of a batch.", null, s_sizes);
        _batchTime = _meter.CreateHistogram("crosspt.batch.duration", "s", "Time of a batch.", null, s_seconds);
        _rows = _meter.CreateCounter<long>("crosspt.rows", "{row}", "Rows computed.");
        _tokens = _meter.CreateCounter<long>("crosspt.tokens", "{token}", "Encoder tokens, prompts included.");
        _generated = _meter.CreateCounter<long>("crosspt.generated", "{token}", "Tokens generated.");
        _rejected = _meter.CreateCounter<long>("crosspt.requests.rejected", "{request}", "Refused: the queue is full.");
        _cancelled = _meter.CreateCounter<long>("crosspt.requests.cancelled", "{request}", "The client went away.");
        _failed = _meter.CreateCounter<long>("crosspt.requests.failed", "{request}", "Failed while computing.");
        _meter.CreateObservableGauge("crosspt.queue.length", queueLength, "{row}", "Rows waiting.");
        _meter.CreateObservableGauge("crosspt.tasks", tasks, "{task}", "Tasks served.");
    }

    public void Dispose() => _meter.Dispose();

    public void Batch(IReadOnlyList<ServingExample> examples, int tokens, TimeSpan elapsed)
    {
        _batchSize.Record(examples.Count);
        _batchTime.Record(elapsed.TotalSeconds);
        _tokens.Add(tokens);
        foreach (var task in examples.CountBy(static one => TaskOf(one.Request))) _rows.Add(task.Value, Tag(task.Key));
    }

    public void Generated(int tokens) => _generated.Add(tokens);

    public void Reject(ServingRequest request) => _rejected.Add(1, Tag(TaskOf(request)));

    public void End(ServingRequest request, Exception? error)
    {
        KeyValuePair<string, object?> task = Tag(TaskOf(request));
        if (error is null) _latency.Record(Stopwatch.GetElapsedTime(request.Arrived).TotalSeconds, task);
        else if (error is OperationCanceledException) _cancelled.Add(1, task);
        else _failed.Add(1, task);
    }

    private static string TaskOf(ServingRequest request) => request.Task?.Name ?? "";

    private static KeyValuePair<string, object?> Tag(string task) => new("task", task);
}
