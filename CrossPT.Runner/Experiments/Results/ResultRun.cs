using CrossPT.Prompting.Runs;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>
/// A run folder read back: what its table needs; the rest of its files are read when they are asked for.
/// </summary>
internal sealed class ResultRun
{
    private readonly Lazy<ILookup<string, SavedPrediction>> _predictions;

    private ResultRun(string name, string folder, IReadOnlyDictionary<string, string> settings)
    {
        (Name, Folder, Settings) = (name, folder, settings);
        _predictions = new Lazy<ILookup<string, SavedPrediction>>(ReadPredictions);
    }

    /// <summary>What it is called among the others.</summary>
    public string Name { get; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>Label of each axis.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private init; }

    public RunStatus Status { get; private init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Message { get; private init; }

    /// <summary>Everything it was told; null where it failed before it could say.</summary>
    public RunRecord? Record { get; private init; }

    /// <summary>Its metrics by task; empty unless it is finished.</summary>
    public IReadOnlyList<TaskScore> Scores { get; private init; } = [];

    /// <summary>Whether one task or more collapsed.</summary>
    public bool Collapsed => Scores.Any(static score => score.Collapsed);

    /// <summary>Test examples by task; none where it was trained by a version that did not keep them.</summary>
    public ILookup<string, SavedPrediction> Predictions => _predictions.Value;

    public bool IsFinished => Status == RunStatus.Finished;

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="IOException">A file of it is broken; the message names it.</exception>
    /// <exception cref="Prompting.Configuration.ConfigurationException">Its <c>config.json</c> is.</exception>
    public static ResultRun Load(string name, string folder, IReadOnlyDictionary<string, string> settings)
    {
        string config = Path.Combine(folder, RunFolder.ConfigName);
        RunRecord? record = File.Exists(config) ? RunRecord.Load(config) : null;
        if (record is not null && RunFolder.IsFinished(folder))
        {
            return new ResultRun(name, folder, settings)
            {
                Status = RunStatus.Finished, Record = record,
                Scores = MetricsFile.Read(Path.Combine(folder, RunFolder.MetricsName)),
            };
        }
        RunFailure? failure = RunFailure.Read(folder);
        RunStatus status = failure switch
        {
            null => RunStatus.Unfinished,
            { Kind: RunFailure.Diverged } => RunStatus.Diverged,
            _ => RunStatus.Failed,
        };
        return new ResultRun(name, folder, settings) { Status = status, Message = failure?.Message, Record = record };
    }

    /// <summary>The same run under other labels.</summary>
    public ResultRun With(string name, IReadOnlyDictionary<string, string> settings) =>
        new(name, Folder, settings) { Status = Status, Message = Message, Record = Record, Scores = Scores };

    public TaskScore? Score(string task) => Scores.FirstOrDefault(score => score.Task == task);

    public string PathOf(string file) => Path.Combine(Folder, file);

    private ILookup<string, SavedPrediction> ReadPredictions()
    {
        string path = PathOf(RunFolder.PredictionsName);
        return (IsFinished && File.Exists(path) ? PredictionsFile.Read(path) : []).ToLookup(static one => one.Task);
    }
}

/// <summary>How a run ended.</summary>
internal enum RunStatus
{
    /// <summary>With metrics.</summary>
    Finished,

    /// <summary>In numbers that are not finite.</summary>
    Diverged,

    /// <summary>With an error.</summary>
    Failed,

    /// <summary>Not yet, or it was stopped.</summary>
    Unfinished,
}
