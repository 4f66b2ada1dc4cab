using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>
/// Reverse-mode differentiation: operations write down how to go back, <see cref="Backward(Variable, double)"/> reads
/// it from the end.
/// </summary>
/// <remarks>
/// <para>One tape serves one forward and backward pass on one thread. An operation is recorded only if one of its
/// inputs requires a gradient and the tape is recording; otherwise it keeps nothing.</para>
/// <para>What an operation needs for going back it names as <i>saved</i>: the tape holds those tensors beyond the scope
/// they were made in, and gives each back as soon as its operation has been undone.</para>
/// </remarks>
public sealed class Tape : IDisposable
{
    private readonly List<Node> _nodes = [];
    private readonly List<Tensor> _kept = [];
    private readonly List<(Variable Input, Tensor Gradient)> _whole = [];
    private Tensor? _resultRows;
    private int _noGradient;
    private bool _passed;

    /// <summary>An empty tape.</summary>
    /// <param name="backend">Where results are allocated and computed.</param>
    /// <param name="recording">False for a forward pass alone.</param>
    public Tape(IBackend backend, bool recording = true)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Backend = backend;
        if (!recording) _noGradient = 1;
    }

    /// <summary>
    /// Receives the gradient of an operation's result and what it saved; adds to the gradients of its inputs.
    /// </summary>
    public delegate void BackwardFunction(Tensor gradient, Tensor[] saved);

    /// <summary>Where results are allocated and computed.</summary>
    public IBackend Backend { get; }

    /// <summary>Whether operations are written down now.</summary>
    public bool IsRecording => _noGradient == 0;

    /// <summary>Operations written down so far.</summary>
    public int Count => _nodes.Count;

    /// <summary>Until the result is disposed, operations keep nothing and their results need no gradient.</summary>
    public IDisposable NoGradient()
    {
        _noGradient++;
        return new Restore(this);
    }

    /// <summary>A result tensor of the compute type, elements undefined.</summary>
    public Tensor Allocate(params ReadOnlySpan<int> sizes) => Tensor.Allocate(Backend, sizes);

    /// <summary>A result tensor shaped like another.</summary>
    public Tensor AllocateLike(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Tensor.Allocate(Backend, tensor.Shape, Backend.ComputeType);
    }

    /// <summary>
    /// Whether an operation on these inputs must be able to go back: then it computes what it has to save.
    /// </summary>
    public bool Records(params ReadOnlySpan<Variable?> inputs)
    {
        if (!IsRecording) return false;
        foreach (Variable? input in inputs)
            if (input is { RequiresGradient: true }) return true;
        return false;
    }

    /// <summary>
    /// Makes the result of an operation a variable and, where <see cref="Records"/> says so, writes the operation down.
    /// </summary>
    /// <param name="value">The result.</param>
    /// <param name="inputs">Its inputs; null ones are passed over.</param>
    /// <param name="saved">Tensors that <paramref name="backward"/> gets; null ones stay null.</param>
    /// <param name="backward">Goes back.</param>
    /// <param name="gradientRows">See <see cref="Variable.GradientRows"/>; only operations that treat rows alike pass
    /// it on.</param>
    public Variable Record(
        Tensor value, ReadOnlySpan<Variable?> inputs, ReadOnlySpan<Tensor?> saved, BackwardFunction backward,
        Tensor? gradientRows = null)
    {
        if (!Records(inputs)) return Variable.Result(value, requiresGradient: false, null);
        Tensor?[] kept = new Tensor?[saved.Length];
        for (int i = 0; i < kept.Length; i++)
            kept[i] = saved[i] is { } tensor ? TensorScope.Detach(tensor.Share()) : null;
        Variable result = Variable.Result(value, requiresGradient: true, gradientRows);
        _nodes.Add(new Node(result, kept, backward));
        return result;
    }

    /// <summary>
    /// Adds the gradient of <paramref name="loss"/>, a scalar, times <paramref name="scale"/>, to the gradients of all
    /// parameters it was computed from; then the tape is empty.
    /// </summary>
    /// <exception cref="ArgumentException">The loss has more than one element or does not depend on a
    /// parameter.</exception>
    public void Backward(Variable loss, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (loss.Value.Length != 1)
            throw new ArgumentException($"Backward: the loss is {loss.Value.Describe()}, expected one element.");
        if (!loss.RequiresGradient)
            throw new ArgumentException("Backward: the loss was computed from no parameter, or without recording.");
        using TensorScope scope = new();
        Tensor seed = AllocateLike(loss.Value);
        Backend.Elementwise.Fill(seed, scale);
        _passed = false;
        Pass(loss, seed);
        GoBack();
    }

    /// <summary>The same from a given gradient of any variable; the gradient is copied.</summary>
    /// <exception cref="ArgumentException">The gradient's shape is not the variable's, or the variable needs no
    /// gradient.</exception>
    public void Backward(Variable variable, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(gradient);
        if (gradient.Shape != variable.Shape)
            throw new ArgumentException($"Backward: gradient {gradient.Shape} of a variable {variable.Shape}.");
        if (!variable.RequiresGradient)
            throw new ArgumentException($"Backward: a variable {variable.Shape} that needs no gradient.");
        using (new TensorScope())
        {
            // A copy, for operations going back may write over the gradient of their result.
            _passed = true;
            Pass(variable, gradient);
        }
        GoBack();
    }

    /// <summary>Undoes all operations, the last first.</summary>
    private void GoBack()
    {
        while (_nodes.Count > 0)
        {
            Node node = _nodes[^1];
            if (node.Result.Gradient is { } resultGradient) GoBack(node, resultGradient);
            _nodes.RemoveAt(_nodes.Count - 1);
            node.Release();
        }
        ReleaseKept();
    }

    /// <summary>
    /// Gives back what is still saved, after a backward pass that failed also the gradients it had come to.
    /// </summary>
    public void Dispose()
    {
        foreach (Node node in _nodes)
        {
            node.Release();
            node.Result.ClearGradient();
        }
        _nodes.Clear();
        ReleaseKept();
    }

    /// <summary>
    /// Where a backward function writes the gradient of an input: a fresh tensor, or with <paramref name="accumulate"/>
    /// one that holds what was added before. It has as many rows as the gradient of the operation's result: the input's
    /// shape, or the <see cref="Variable.GradientRows"/> that the operation passed on.
    /// </summary>
    public Tensor GradientOf(Variable input, out bool accumulate)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.GradientRows is null || ReferenceEquals(input.GradientRows, _resultRows))
            return Kept(input, out accumulate);
        // The operation goes back over all rows where only some are wanted: they are taken out when it is done.
        int index = _whole.FindIndex(entry => ReferenceEquals(entry.Input, input));
        accumulate = index >= 0;
        if (!accumulate) _whole.Add((input, Tensor.Allocate(Backend, input.Shape, Backend.ComputeType)));
        return accumulate ? _whole[index].Gradient : _whole[^1].Gradient;
    }

    /// <summary>
    /// The gradient of an input is that of the result: handed on without a copy where nothing was added before.
    /// </summary>
    /// <remarks>The result's gradient is not read again after its operation, so its memory may become the input's; only
    /// the first input gets it.</remarks>
    public void Pass(Variable input, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(gradient);
        if (!input.RequiresGradient) return;
        if (input.GradientRows is { } rows && rows.Length != gradient.Rows)
        {
            Tensor wanted = Kept(input, out bool add);
            if (add) AddTo(wanted, Rows(gradient, rows), add);
            else Backend.Index.GatherRows(gradient, rows, wanted);
            return;
        }
        if (input.Gradient is null && !_passed && gradient.IsContiguous && gradient.Shape == input.Shape)
        {
            _passed = true;
            input.TakeGradient(gradient.Share());
            return;
        }
        AddTo(Kept(input, out bool accumulate), gradient, accumulate);
    }

    /// <summary>Adds a freshly computed gradient to an input's.</summary>
    public void Add(Variable input, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        AddTo(GradientOf(input, out bool accumulate), gradient, accumulate);
    }

    /// <summary>
    /// Holds a tensor beyond its scope until the backward pass is over: row lists that variables refer to.
    /// </summary>
    internal Tensor KeepForBackward(Tensor tensor)
    {
        Tensor kept = TensorScope.Detach(tensor.Share());
        _kept.Add(kept);
        return kept;
    }

    /// <summary>Some rows of a matrix, one after the other.</summary>
    internal Tensor Rows(Tensor matrix, Tensor rows)
    {
        Tensor compact = Allocate((int)rows.Length, matrix.Columns);
        Backend.Index.GatherRows(matrix, rows, compact);
        return compact;
    }

    private void ReleaseKept()
    {
        foreach (Tensor tensor in _kept) tensor.Dispose();
        _kept.Clear();
    }

    /// <summary>Undoes one operation.</summary>
    private void GoBack(Node node, Tensor resultGradient)
    {
        using TensorScope scope = new();
        _passed = false;
        _resultRows = node.Result.GradientRows;
        try
        {
            node.Backward(resultGradient, node.Saved!);
            foreach ((Variable input, Tensor gradient) in _whole)
                AddTo(Kept(input, out bool accumulate), Rows(gradient, input.GradientRows!), accumulate);
        }
        finally
        {
            _whole.Clear();
            _resultRows = null;
        }
        node.Result.ClearGradient();
    }

    /// <summary>The gradient that an input keeps, of its wanted rows only where it has such.</summary>
    private Tensor Kept(Variable input, out bool accumulate)
    {
        accumulate = input.Gradient is not null;
        if (!accumulate)
        {
            Shape shape = input.GradientRows is { } rows
                ? new Shape((int)rows.Length, input.Value.Columns)
                : input.Shape;
            input.TakeGradient(Tensor.Allocate(Backend, shape, Backend.ComputeType));
        }
        return input.Gradient!;
    }

    private void AddTo(Tensor target, Tensor gradient, bool accumulate)
    {
        Tensor source = gradient.Shape == target.Shape ? gradient : gradient.Reshape(target.Shape.Sizes);
        if (accumulate) Backend.Elementwise.Add(target, source, target);
        else Backend.Elementwise.Copy(source, target);
    }

    private sealed class Node(Variable result, Tensor?[] saved, BackwardFunction backward)
    {
        public Variable Result { get; } = result;

        public Tensor[]? Saved { get; private set; } = saved!;

        public BackwardFunction Backward { get; } = backward;

        public void Release()
        {
            if (Saved is null) return;
            foreach (Tensor? tensor in Saved) tensor?.Dispose();
            Saved = null;
        }
    }

    private sealed class Restore(Tape tape) : IDisposable
    {
        private Tape? _tape = tape;

        public void Dispose()
        {
            if (_tape is null) return;
            _tape._noGradient--;
            _tape = null;
        }
    }
}
