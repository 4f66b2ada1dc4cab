using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.Autograd.Optimization;

/// <summary>What all optimizers share: groups, schedule, clipping, and state by name.</summary>
public abstract class Optimizer : IOptimizer
{
    private const string StepName = "step";

    private readonly Dictionary<string, ParameterState> _states = [];

    /// <summary>An optimizer of these groups.</summary>
    /// <exception cref="ArgumentException">Two parameters share a name, or one parameter is named twice.</exception>
    private protected Optimizer(IEnumerable<ParameterGroup> groups, ILearningRateSchedule? schedule)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Groups = [.. groups];
        Schedule = schedule ?? new ConstantSchedule();
        HashSet<Variable> seen = [];
        foreach (NamedParameter parameter in Groups.SelectMany(static group => group.Parameters))
        {
            if (!seen.Add(parameter.Variable))
                throw new ArgumentException($"{Kind}: the parameter '{parameter.Name}' comes twice.");
            if (!_states.TryAdd(parameter.Name, new ParameterState(parameter)))
                throw new ArgumentException($"{Kind}: two parameters are called '{parameter.Name}'.");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Factor on the groups' learning rates.</summary>
    public ILearningRateSchedule Schedule { get; }

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <summary>Name in messages.</summary>
    private protected string Kind => GetType().Name;

    /// <inheritdoc/>
    public void Step()
    {
        double factor = Schedule.Factor(StepCount);
        foreach (ParameterGroup group in Groups) Clip(group);
        List<(Tensor Parameter, Tensor Gradient, Dictionary<string, Tensor> Moments, Move Move)> updates = [];
        foreach (ParameterGroup group in Groups)
        {
            foreach (NamedParameter parameter in group.Parameters)
            {
                if (parameter.Variable.Gradient is not { } gradient) continue;
                ParameterState state = _states[parameter.Name];
                using TensorScope scope = new();
                if (state.Moments is null)
                {
                    state.Moments = CreateMoments(parameter.Variable.Value);
                    foreach (Tensor moment in state.Moments.Values)
                        moment.Backend.Elementwise.Fill(TensorScope.Detach(moment), 0);
                }
                state.Steps++;
                Move move = new(state.Steps, group.LearningRate, factor, group.WeightDecay);
                updates.Add((parameter.Variable.Value, gradient, state.Moments, move));
            }
        }
        Update(updates);
        StepCount++;
        ClearGradients();
    }

    /// <inheritdoc/>
    public void ClearGradients()
    {
        foreach (ParameterState state in _states.Values) state.Parameter.Variable.ClearGradient();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> SaveState()
    {
        Dictionary<string, Tensor> saved = [];
        if (_states.Count == 0) return saved;
        saved.Add(StepName, Counter(StepCount));
        foreach ((string name, ParameterState state) in _states)
        {
            if (state.Moments is null) continue;
            saved.Add($"{name}/{StepName}", Counter(state.Steps));
            foreach ((string moment, Tensor tensor) in state.Moments) saved.Add($"{name}/{moment}", tensor.Share());
        }
        return saved;
    }

    /// <inheritdoc/>
    public void RestoreState(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        // All is read and copied before anything is replaced, so that a wrong checkpoint leaves the optimizer as it
        // was.
        using TensorScope scope = new();
        HashSet<string> unused = [.. state.Keys];
        long stepCount = _states.Count == 0 ? 0 : Count(StepName);
        Dictionary<string, (long Steps, Dictionary<string, Tensor> Moments)> restored = [];
        foreach ((string name, ParameterState own) in _states)
        {
            if (!state.ContainsKey($"{name}/{StepName}")) continue;
            Dictionary<string, Tensor> moments = CreateMoments(own.Parameter.Variable.Value);
            foreach ((string moment, Tensor target) in moments) CopyState($"{name}/{moment}", target);
            restored.Add(name, (Count($"{name}/{StepName}"), moments));
        }
        if (unused.Count > 0)
        {
            string first = unused.Order(StringComparer.Ordinal).First();
            throw new ArgumentException($"{Kind}: the state has '{first}', which nothing here is called.");
        }
        foreach ((string name, ParameterState own) in _states)
        {
            own.Clear();
            if (!restored.TryGetValue(name, out (long Steps, Dictionary<string, Tensor> Moments) found)) continue;
            foreach (Tensor moment in found.Moments.Values) TensorScope.Detach(moment);
            (own.Steps, own.Moments) = (found.Steps, found.Moments);
        }
        StepCount = stepCount;

        byte[] Bytes(string name, Shape shape, DType type)
        {
            if (!state.TryGetValue(name, out Tensor? tensor))
                throw new ArgumentException($"{Kind}: the state has no '{name}'.");
            if (tensor.Shape != shape || tensor.DType != type)
                throw new ArgumentException($"{Kind}: '{name}' is {tensor.Describe()}, expected {type} {shape}.");
            unused.Remove(name);
            byte[] bytes = new byte[checked(tensor.Length * type.ByteSize())];
            tensor.Backend.CopyToHost(tensor, bytes);
            return bytes;
        }

        long Count(string name) => BinaryPrimitives.ReadInt64LittleEndian(Bytes(name, new Shape(1), DType.Int64));

        void CopyState(string name, Tensor target)
            => target.Backend.CopyFromHost(Bytes(name, target.Shape, target.DType), target);
    }

    /// <summary>Frees the state; parameters and their gradients stay.</summary>
    public void Dispose()
    {
        foreach (ParameterState state in _states.Values) state.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives a number back that is finite and at least 0.</summary>
    internal static double NotNegative(double value, string what)
        => double.IsFinite(value) && value >= 0
            ? value
            : throw new ArgumentException($"{what} {value}, expected a number of at least 0.");

    /// <summary>Gives a decay back that is in [0, 1).</summary>
    internal static double Decay(double value, string what)
        => value is >= 0 and < 1 ? value : throw new ArgumentException($"{what} {value}, expected 0 to below 1.");

    /// <summary>The state of one parameter by name, elements undefined.</summary>
    private protected abstract Dictionary<string, Tensor> CreateMoments(Tensor parameter);

    /// <summary>Moves parameters, each with a gradient.</summary>
    private protected abstract void Update(
        List<(Tensor Parameter, Tensor Gradient, Dictionary<string, Tensor> Moments, Move Move)> updates);

    private void Clip(ParameterGroup group)
    {
        if (group.MaxGradientNorm is not { } largest) return;
        IEnumerable<Variable> variables = group.Parameters.Select(static parameter => parameter.Variable);
        group.GradientNorm = GradientClipping.ByGlobalNorm(variables, largest);
        if (double.IsFinite(group.GradientNorm)) return;
        throw new ArithmeticException(
            $"{Kind}: the gradient norm of group '{group.Name}' is {group.GradientNorm} after {StepCount} steps.");
    }

    private Tensor Counter(long value)
    {
        IBackend backend = _states.Values.First().Parameter.Variable.Value.Backend;
        Tensor tensor = Tensor.Allocate(backend, new Shape(1), DType.Int64);
        tensor.Backend.CopyFromHost(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)), tensor);
        return tensor;
    }

    /// <summary>How far one parameter moves.</summary>
    /// <param name="Step">1 at the parameter's first.</param>
    /// <param name="LearningRate">Of its group.</param>
    /// <param name="Factor">Of the schedule.</param>
    /// <param name="WeightDecay">Of its group.</param>
    private protected readonly record struct Move(long Step, double LearningRate, double Factor, double WeightDecay);

    private sealed class ParameterState(NamedParameter parameter)
    {
        public NamedParameter Parameter { get; } = parameter;

        public long Steps { get; set; }

        public Dictionary<string, Tensor>? Moments { get; set; }

        public void Clear()
        {
            foreach (Tensor moment in Moments?.Values ?? Enumerable.Empty<Tensor>()) moment.Dispose();
            (Moments, Steps) = (null, 0);
        }
    }
}
