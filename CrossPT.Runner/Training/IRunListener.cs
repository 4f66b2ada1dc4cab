using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;

namespace CrossPT.Runner.Training;

/// <summary>Who is told how a run goes.</summary>
internal interface IRunListener
{
    /// <summary>A step of a prompt that is tuned first.</summary>
    void Stepped(StageStep step);

    /// <summary>The prompts are there: training begins, or goes on.</summary>
    void Composed(TrainingRun run);

    /// <summary>A step of the run.</summary>
    void Stepped(TrainingStep step);

    /// <summary>An evaluation while training.</summary>
    void Evaluated(TrainingEvaluation evaluation);

    /// <summary>Training is over, and the tasks are evaluated.</summary>
    void Evaluates();
}
