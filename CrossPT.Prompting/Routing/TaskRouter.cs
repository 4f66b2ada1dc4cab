using System.Globalization;
using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// Free logits z [K, C] of the tasks: logits become scores y (the router's mode), the largest scores are chosen, and a
/// normaliser makes weights of these.
/// <code>
/// consistent softmax   y = z / τ               w = softmax(y)
/// consistent sigmoid   y = σ(z), or a sample   w = y
/// faithful             y = a sample; in evaluation z   w = softmax(y)
/// </code>
/// A sample is one of the relaxed Bernoulli distribution, σ((logit(u) + z) / τ) with u uniform.
/// </summary>
internal sealed class TaskRouter : IRouter
{
    /// <summary>Name of the logits in files and checkpoints.</summary>
    public const string LogitsName = "router.logits";

    private readonly RouterSettings _settings;
    private readonly IReadOnlyList<string> _tasks;
    private readonly int _columns;
    private readonly int _steps;
    private readonly bool _samples;
    private readonly RouterNormaliser _trainingNormaliser;
    private readonly RouterNormaliser _evaluationNormaliser;

    /// <summary>A router that starts from given logits.</summary>
    /// <param name="settings">How logits become weights.</param>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="columns">C.</param>
    /// <param name="logits">[K, C] of the compute type; owned from now on.</param>
    /// <param name="trained">Whether they are trained.</param>
    /// <param name="steps">Steps of the training.</param>
    /// <exception cref="ArgumentException">Settings that contradict each other, or logits of another size.</exception>
    public TaskRouter(
        RouterSettings settings, IReadOnlyList<string> tasks, int columns, Tensor logits, bool trained, int steps)
    {
        if (logits.Shape != new Shape(tasks.Count, columns))
        {
            throw new ArgumentException(
                $"The router has logits {logits.Shape}, expected [{tasks.Count}, {columns}]: tasks by columns.",
                nameof(logits));
        }
        Check(settings);
        _settings = settings;
        _tasks = tasks;
        _columns = columns;
        _steps = steps;
        _samples = settings.Sampling ?? settings.Mode == RouterMode.Faithful;
        RouterNormaliser usual = settings.Mode == RouterMode.ConsistentSigmoid
            ? RouterNormaliser.None
            : RouterNormaliser.Softmax;
        _trainingNormaliser = settings.Normaliser ?? usual;
        _evaluationNormaliser = settings.Mode == RouterMode.Faithful
            ? settings.EvaluationNormaliser ?? usual
            : _trainingNormaliser;
        Logits = trained ? Variable.Parameter(logits) : Variable.Constant(TensorScope.Detach(logits));
        Parameters = trained ? [new PromptParameter(LogitsName, Logits, ParameterRole.Router)] : [];
    }

    /// <summary>z [K, C].</summary>
    public Variable Logits { get; }

    public IReadOnlyList<PromptParameter> Parameters { get; }

    public bool IsPerExample(TrainingMoment? moment) => moment is not null && _samples && _settings.SamplePerRow;

    public RouterWeights Weights(Tape tape, int[] tasks, TrainingMoment? moment)
    {
        Tensor rows = TensorData.FromInt32(tape.Backend, tasks, tasks.Length);
        Variable scores = Scores(tape, tape.GatherRows(Logits, rows), tasks, moment);                       // [n, C]
        RouterNormaliser normaliser = moment is null ? _evaluationNormaliser : _trainingNormaliser;
        bool some = _settings.TopK != 0 && _settings.TopK != _columns;
        int count = some ? _settings.TopK : _columns;
        double threshold = _settings.Threshold ?? double.NegativeInfinity;
        ColumnChoice? choice = some || _settings.Threshold is not null
            ? tape.TopColumns(scores.Value, count, threshold)
            : null;
        Variable weights = normaliser switch
        {
            RouterNormaliser.Softmax => choice is null ? tape.Softmax(scores) : tape.Softmax(scores, choice.Kept),
            RouterNormaliser.Sigmoid => Kept(tape.Activate(scores, Activation.Sigmoid)),
            RouterNormaliser.Sum => tape.DivideBySum(Kept(scores)),
            RouterNormaliser.Max => Variable.Constant(tape.TopColumns(scores.Value, 1, threshold).Kept),
            _ => Kept(scores),
        };
        return new RouterWeights(weights, some ? choice!.Places : null);

        Variable Kept(Variable x) => choice is null ? x : tape.Multiply(x, Variable.Constant(choice.Kept));
    }

    public RouterTable Table(IBackend backend, IReadOnlyList<string> tasks, IReadOnlyList<string> columns)
    {
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        RouterWeights weights = Weights(tape, [.. Enumerable.Range(0, tasks.Count)], moment: null);
        return new RouterTable(tasks, columns, Rows(Logits), Rows(weights.Values), Temperature(_settings, _steps - 1));

        double[][] Rows(Variable matrix) => [.. matrix.Value.ToDoubles().Chunk(_columns)];
    }

    public IReadOnlyList<PromptPart> Save(Tape tape) => [new PromptPart(LogitsName, Logits.Value.Share())];

    public void Dispose() => Logits.Dispose();

    /// <summary>τ at a step, counted from 0.</summary>
    public static double Temperature(RouterSettings settings, int step)
    {
        double annealed = settings.Schedule switch
        {
            TemperatureSchedule.Linear => settings.Temperature - (settings.AnnealRate * step),
            TemperatureSchedule.Exponential => settings.Temperature * Math.Exp(-settings.AnnealRate * step),
            _ => double.PositiveInfinity,
        };
        return settings.Schedule == TemperatureSchedule.Constant
            ? settings.Temperature
            : Math.Max(settings.TemperatureFloor, annealed);
    }

    /// <summary>
    /// A sentence where τ reaches its floor before the last step, else null: from there samples are all but 0 or 1, and
    /// the router's gradient is nearly always 0.
    /// </summary>
    public static string? Warning(RouterSettings settings, int steps)
    {
        if (settings.Schedule == TemperatureSchedule.Constant) return null;
        for (int step = 0; step < steps - 1; step++)
        {
            if (Temperature(settings, step) > settings.TemperatureFloor) continue;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the router's temperature is at its floor {settings.TemperatureFloor} from step {step} of {steps}, "
                + $"where it hardly learns any more; a lower router.annealRate would reach it at the end");
        }
        return null;
    }

    /// <summary>
    /// Uniform numbers of one task or example at one step, one a column: a function of all four alone.
    /// </summary>
    public static double[] Uniforms(ulong seed, int step, string row, int columns)
    {
        CounterRandom random = new(seed, RandomStreams.Of("router sample", row, (ulong)step));
        double[] uniforms = new double[columns];
        for (int i = 0; i < columns; i++) uniforms[i] = random.NextDouble();
        return uniforms;
    }

    /// <summary>Scores y [n, C] of logits z [n, C].</summary>
    private Variable Scores(Tape tape, Variable z, int[] tasks, TrainingMoment? moment)
    {
        double temperature = Temperature(_settings, moment?.Step ?? (_steps - 1));
        if (_settings.Mode == RouterMode.ConsistentSoftmax)
            return temperature == 1 ? z : tape.Scale(z, 1 / temperature);
        if (_samples && moment is { } now)
            return tape.RelaxedBernoulli(z, Noise(tape.Backend, tasks, now), temperature);
        if (_settings.Mode == RouterMode.ConsistentSigmoid) return tape.Activate(z, Activation.Sigmoid);
        // An untrained router without a normaliser is a plain sum.
        return tape.OnesForZeroRows(z);
    }

    /// <summary>logit(u) [n, C].</summary>
    private Tensor Noise(IBackend backend, int[] tasks, TrainingMoment moment)
    {
        double[] noise = new double[tasks.Length * _columns];
        for (int row = 0; row < tasks.Length; row++)
        {
            string name = _settings.SamplePerRow ? $"row {row}" : $"task {_tasks[tasks[row]]}";
            double[] uniforms = Uniforms(moment.Seed, moment.Step, name, _columns);
            for (int column = 0; column < _columns; column++)
                noise[(row * _columns) + column] = Logit(uniforms[column]);
        }
        return TensorData.FromDoubles(backend, noise, tasks.Length, _columns);
    }

    /// <summary>log(u / (1 − u)) of u clamped to [ε, 1 − ε], as PyTorch does in float32.</summary>
    private static double Logit(double u)
    {
        const double epsilon = 1.1920928955078125e-07;
        double clamped = Math.Clamp(u, epsilon, 1 - epsilon);
        return Math.Log(clamped) - Math.Log(1 - clamped);
    }

    private static void Check(RouterSettings settings)
    {
        CheckTemperature(settings);
        bool samples = settings.Sampling ?? settings.Mode == RouterMode.Faithful;
        if (settings.Mode == RouterMode.ConsistentSoftmax)
        {
            if (samples)
            {
                throw new ArgumentException(
                    "The router samples in the mode consistent-softmax, which has no noise; expected another mode, "
                    + "or no sampling.");
            }
            if (settings.Normaliser is { } other and not RouterNormaliser.Softmax)
            {
                throw new ArgumentException(
                    $"The router has the normaliser {other} in the mode consistent-softmax, expected softmax or "
                    + "another mode.");
            }
        }
        else if (!samples && (settings.Schedule != TemperatureSchedule.Constant || settings.Temperature != 1))
        {
            throw new ArgumentException(
                $"The router has a temperature in the mode {settings.Mode} without sampling, where it has no effect.");
        }
        if (settings.Mode != RouterMode.Faithful && settings.EvaluationNormaliser is { } own)
        {
            throw new ArgumentException(
                $"The router has the normaliser {own} for evaluation in the mode {settings.Mode}, "
                + "expected it in the mode faithful alone.");
        }
        if (settings.Trained && settings.Normaliser == RouterNormaliser.Max)
        {
            throw new ArgumentException(
                "The router is trained with the normaliser max, which has no gradient; "
                + "expected another, or a router that is not trained.");
        }
    }

    private static void CheckTemperature(RouterSettings settings)
    {
        CheckPositive("temperature", settings.Temperature);
        if (settings.Schedule == TemperatureSchedule.Constant) return;
        CheckPositive("annealing rate", settings.AnnealRate);
        if (settings.TemperatureFloor > 0 && settings.TemperatureFloor <= settings.Temperature) return;
        FormattableString expected = $"above 0 and up to the temperature {settings.Temperature}";
        throw Refused("temperature floor", settings.TemperatureFloor, expected);
    }

    private static void CheckPositive(string what, double value)
    {
        if (!(value > 0) || !double.IsFinite(value)) throw Refused(what, value, $"above 0");
    }

    private static ArgumentException Refused(string what, double value, FormattableString expected)
    {
        string range = FormattableString.Invariant(expected);
        return new ArgumentException(
            FormattableString.Invariant($"The router has a {what} of {value}, expected {range}."));
    }
}
