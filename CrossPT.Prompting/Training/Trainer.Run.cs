namespace CrossPT.Prompting.Training;

/// <content>All steps, with evaluations, checkpoints and an early end.</content>
public sealed partial class Trainer
{
    private readonly ParameterSnapshot _best;
    private int _evaluatedStep;
    private int _bestStep;
    private int _withoutBetter;
    private double _bestScore = double.NegativeInfinity;
    private bool _endedEarly;

    /// <summary>Finished steps at the last evaluation; 0 before the first.</summary>
    public int EvaluatedStep => _evaluatedStep;

    /// <summary>Finished steps at the best evaluation so far and its score; null before the first.</summary>
    public (int Step, double Score)? Best => _bestStep == 0 ? null : (_bestStep, _bestScore);

    /// <summary>
    /// Does all steps that are left, evaluates and writes checkpoints as the settings say, and ends with the values
    /// they choose.
    /// </summary>
    /// <param name="hooks">The caller's callbacks.</param>
    /// <param name="cancellation">Stops between steps, after a checkpoint was written.</param>
    /// <exception cref="ArgumentException">The settings ask for evaluations that the hooks cannot make.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; a checkpoint is whole.</exception>
    /// <exception cref="TrainingDivergedException">See <see cref="Step"/>; the last checkpoint is of
    /// before.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; the one before is as it was.</exception>
    public void Run(TrainingHooks hooks, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        if (_settings.EvaluateEvery > 0 && hooks.Evaluate is null)
            throw new ArgumentException(
                "Trainer: evaluations while training and nothing that makes them, expected a hook to evaluate.",
                nameof(hooks));
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                // First of all, so that a run that was stopped in an evaluation makes it when it goes on.
                if (EvaluationIsDue) Evaluate(hooks, cancellation);
                if (IsDone) break;
                TrainingStep step = Step();
                hooks.Progress?.Invoke(step);
                if (_settings.CheckpointEvery > 0 && _step % _settings.CheckpointEvery == 0 && !IsDone) Save();
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
        Save();
        if (_settings.Selection == PromptSelection.Best && _bestStep > 0) _best.Restore();

        void Save()
        {
            if (hooks.CheckpointFolder is { } folder) SaveCheckpoint(folder);
        }
    }

    private bool EvaluationIsDue
        => _settings.EvaluateEvery > 0 && _step > 0 && _evaluatedStep != _step
            && (_step % _settings.EvaluateEvery == 0 || _step == _settings.Steps);

    private void Evaluate(TrainingHooks hooks, CancellationToken cancellation)
    {
        double score = hooks.Evaluate!(cancellation);
        _evaluatedStep = _step;
        // A score that is not a number is no better than any.
        bool better = score > _bestScore;
        if (better)
        {
            (_bestScore, _bestStep, _withoutBetter) = (score, _step, 0);
            _best.Take();
        }
        else
        {
            _withoutBetter++;
        }
        _endedEarly = _settings.Patience > 0 && _withoutBetter >= _settings.Patience;
        hooks.Evaluated?.Invoke(new TrainingEvaluation(_step, score, better));
    }
}
