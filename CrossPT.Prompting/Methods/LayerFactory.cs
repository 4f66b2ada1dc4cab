using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// Makes the layers of a method from its settings: trained, from their starts, or frozen, from saved parts.
/// </summary>
internal sealed class LayerFactory : IDisposable
{
    /// <summary>Rows of a prompt where neither the settings nor a source prompt give a length.</summary>
    private const int DefaultLength = 10;

    private readonly PromptPlan _plan;
    private readonly IReadOnlyDictionary<string, Tensor>? _parts;
    private readonly IBackend _backend;
    private readonly int _width;
    private readonly StartRows _starts;
    private readonly SourcePrompt[] _loaded;
    private readonly List<IDisposable> _made = [];
    private readonly List<SharedPrompt> _shared = [];

    /// <summary>Decides the length of all prompts and cuts and scales the loaded ones.</summary>
    /// <param name="plan">The settings.</param>
    /// <param name="sources">Names of the source prompts, loaded ones first.</param>
    /// <param name="parts">Saved parts by name, for frozen layers; null for trained ones.</param>
    /// <exception cref="ArgumentException">A source prompt does not fit; the message names both sizes.</exception>
    public LayerFactory(PromptPlan plan, IReadOnlyList<string> sources, IReadOnlyDictionary<string, Tensor>? parts)
    {
        bool routed = plan.Router.Kind != RouterKind.None;
        _plan = plan;
        _parts = parts;
        _backend = plan.Model.Backend;
        _width = plan.Model.Config.ModelWidth;
        _starts = new StartRows(plan.Model, plan.Tokenizer, plan.Sources, plan.Starts, plan.Seed);
        SourceNames = routed ? sources : [];
        int usual = plan.Sources.Count > 0 ? plan.Sources[0].Length : DefaultLength;
        Length = parts is null
            ? plan.Prompt.Length ?? usual
            : Part(routed ? $"source.{sources[0]}" : $"private.{plan.Tasks[0]}").Rows;
        _loaded = routed && parts is null ? CutSources() : [];
    }

    /// <summary>Rows of source prompts, P.</summary>
    public int Length { get; }

    /// <summary>Names of the source prompts that a router has columns for.</summary>
    public IReadOnlyList<string> SourceNames { get; }

    /// <summary>The shared prompts of multiplicative ones made so far.</summary>
    public IReadOnlyList<IPrompt> SharedPrompts => _shared;

    /// <summary>The source prompts.</summary>
    public IPrompt[] Sources() => [.. SourceNames.Select(Source)];

    /// <summary>A prompt of each task's own.</summary>
    public IPrompt[] OwnPrompts(PrivateSettings settings, string kind, ParameterRole role, int length)
    {
        // What multiplicative prompts share is trained with them; frozen ones are the products.
        SharedPrompt? shared = _parts is null && settings.Form.Form == PromptForm.Multiplicative
            ? Shared(settings, kind, length)
            : null;
        return [.. _plan.Tasks.Select(Own)];

        IPrompt Own(string task)
        {
            PromptIdentity identity = new($"{kind}.{task}", role, length, _width);
            if (_parts is not null) return Frozen(identity);
            if (shared is not null)
                return Keep(new MultiplicativePrompt(identity, settings.Form.Rank, shared, _backend, _plan.Seed));
            // A private prompt starts as its task's name says; a second own one must not start alike.
            string stream = role == ParameterRole.Private ? task : identity.Name;
            return Trained(settings.Form, identity, _starts.Create(settings.Start, length, stream, task));
        }
    }

    /// <summary>Own prompts that are combined with routed ones of <paramref name="length"/> rows.</summary>
    public AddedPrompts Added(PrivateSettings settings, string kind, ParameterRole role, int length)
    {
        int own = settings.Combination == PromptCombination.Concatenation ? Length : length;
        IPrompt[] prompts = OwnPrompts(settings, kind, role, own);
        string name = $"share.{kind}";
        int tasks = _plan.Tasks.Count;
        double? share = settings.Share == ShareKind.Fixed ? settings.FixedShare : null;
        Variable? gates = settings.Share == ShareKind.Learned
            ? Weight(name, trained: true, static size => new float[size], tasks, 1)
            : null;
        return new AddedPrompts(prompts, _width, settings.Combination, share, gates, name);
    }

    /// <summary>The update of the text's embeddings of every task.</summary>
    public IPrompt[] Updates(int rank)
    {
        return [.. _plan.Tasks.Select(Update)];

        IPrompt Update(string task)
        {
            PromptIdentity identity = new($"update.{task}", ParameterRole.Update, _plan.TextLength, _width);
            return _parts is null ? Keep(LowRankPrompt.Update(identity, rank, _backend, _plan.Seed)) : Frozen(identity);
        }
    }

    /// <summary>The router by task of a mixture's columns.</summary>
    public IRouter RouterByTask(PromptMixture mixture)
    {
        RouterSettings settings = _plan.Router;
        Tensor logits = _parts is null
            ? StartOfLogits(settings, mixture.Columns)
            : Saved(TaskRouter.LogitsName, _plan.Tasks.Count, mixture.Columns);
        bool trained = settings.Trained && _parts is null;
        return Keep(new TaskRouter(settings, _plan.Tasks, mixture.Columns, logits, trained, _plan.Steps));
    }

    /// <summary>ATTEMPT's router.</summary>
    public AttemptRouter RouterByExample()
    {
        RouterSettings settings = _plan.Router;
        int r = settings.Bottleneck;
        return Keep(new AttemptRouter(
            Weight(AttemptRouter.DownName, settings.Trained, _ => Linear("down", r, _width), r, _width),
            Weight(AttemptRouter.UpName, settings.Trained, _ => Linear("up", _width, r), _width, r),
            Weight(AttemptRouter.NormWeightName, trained: false, Ones, _width),
            Weight(AttemptRouter.NormBiasName, trained: false, static size => new float[size], _width),
            settings.AttemptTemperature));

        float[] Linear(string name, int outputs, int inputs)
            => AttemptRouter.StartOf(_plan.Seed, name, outputs, inputs);

        static float[] Ones(int size) => [.. Enumerable.Repeat(1f, size)];
    }

    /// <summary>
    /// A prompt of any form that stands alone, from its start; what is random is a function of the seed and the name.
    /// </summary>
    /// <exception cref="ArgumentException">The rank does not fit the prompt.</exception>
    public static IPrompt CreatePrompt(
        FormSettings form, PromptIdentity identity, ReadOnlySpan<float> start, IBackend backend, ulong seed)
    {
        switch (form.Form)
        {
            case PromptForm.LowRank:
                return LowRankPrompt.From(identity, form.Rank, start, backend, seed);
            case PromptForm.Mlp or PromptForm.ResidualMlp:
                int[] hidden = [.. Enumerable.Repeat(form.Hidden ?? identity.Width, form.Layers)];
                bool residual = form.Form == PromptForm.ResidualMlp;
                Activation between = form.Activation == PromptActivation.Relu ? Activation.Relu : Activation.GeluTanh;
                return new PerceptronPrompt(identity, hidden, residual, between, start, backend, seed);
            default:
                return new FullPrompt(identity, start, backend);
        }
    }

    /// <summary>Frees what was made, where a method cannot be.</summary>
    public void Dispose()
    {
        foreach (IDisposable made in _made) made.Dispose();
    }

    private IPrompt Source(string name, int place)
    {
        SourceSettings settings = _plan.Prompt.Sources;
        PromptIdentity identity = new($"source.{name}", ParameterRole.Source, Length, _width);
        if (_parts is not null) return Frozen(identity);
        if (!settings.Trained)
        {
            Tensor rows = TensorData.FromSingles(_backend, _loaded[place].Rows, Length, _width);
            return Keep(new FrozenPrompt(identity.Name, rows));
        }
        ReadOnlySpan<float> start = place < _loaded.Length
            ? _loaded[place].Rows
            : _starts.Create(settings.Start, Length, identity.Name, task: null);
        return Trained(settings.Form, identity, start);
    }

    private SharedPrompt Shared(PrivateSettings settings, string kind, int length)
    {
        PromptIdentity identity = new($"shared.{kind}", ParameterRole.Source, length, _width);
        float[] start = _starts.Create(settings.Start, length, identity.Name, task: null);
        SharedPrompt shared = Keep(new SharedPrompt(new FullPrompt(identity, start, _backend)));
        _shared.Add(shared);
        return shared;
    }

    private IPrompt Trained(FormSettings form, PromptIdentity identity, ReadOnlySpan<float> start)
        => Keep(CreatePrompt(form, identity, start, _backend, _plan.Seed));

    private FrozenPrompt Frozen(PromptIdentity identity)
        => Keep(new FrozenPrompt(identity.Name, Saved(identity.Name, identity.Length, identity.Width)));

    /// <summary>A weight that starts from numbers, or a saved one.</summary>
    private Variable Weight(string name, bool trained, Func<int, float[]> start, params ReadOnlySpan<int> sizes)
    {
        if (_parts is not null) return Keep(Variable.Constant(Saved(name, sizes)));
        Tensor value = TensorData.FromSingles(_backend, start((int)new Shape(sizes).Length), sizes);
        return Keep(trained ? Variable.Parameter(value) : Variable.Constant(TensorScope.Detach(value)));
    }

    private Tensor StartOfLogits(RouterSettings settings, int columns)
    {
        bool hasPrivate = columns > SourceNames.Count;
        double[][] rows = RouterStarts.Create(settings, _plan.Tasks, SourceNames, hasPrivate, _plan.Evidence);
        return TensorData.FromDoubles(_backend, [.. rows.SelectMany(static row => row)], rows.Length, columns);
    }

    /// <summary>A saved part, shared with its owner.</summary>
    /// <exception cref="ArgumentException">It is missing, or of another size or type.</exception>
    private Tensor Saved(string name, params ReadOnlySpan<int> sizes)
    {
        Tensor part = Part(name);
        Shape expected = new(sizes);
        if (part.Shape != expected)
            throw new ArgumentException($"The saved prompts have '{name}' {part.Shape}, expected {expected}.");
        if (part.DType != _backend.ComputeType)
        {
            throw new ArgumentException(
                $"The saved prompts have '{name}' of {part.DType}, expected {_backend.ComputeType}.");
        }
        return TensorScope.Detach(part.Share());
    }

    private Tensor Part(string name) => _parts!.TryGetValue(name, out Tensor? part)
        ? part
        : throw new ArgumentException($"The saved prompts have no '{name}'.");

    private T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Add(made);
        return made;
    }

    private SourcePrompt[] CutSources()
    {
        IReadOnlyList<SourcePrompt> sources = _plan.Sources;
        foreach (SourcePrompt source in sources) CheckSize(source, sources[0]);
        return SourceScaling.Apply(
            [.. sources.Select(source => source.Take(Length))], _plan.Prompt.Sources.Scale,
            () => PromptStarts.VocabularyRootMeanSquare(_plan.Model));
    }

    private void CheckSize(SourcePrompt source, SourcePrompt first)
    {
        string size = $"[{source.Length}, {source.Width}]";
        if (source.Width != _width)
        {
            throw new ArgumentException(
                $"The source prompt '{source.Name}' {size} is for another model, expected a width of {_width}.");
        }
        if (_plan.Prompt.Length is not null && source.Length < Length)
        {
            throw new ArgumentException(
                $"The source prompt '{source.Name}' {size} is for prompts of {Length} rows, "
                + $"expected {Length} rows at least.");
        }
        if (_plan.Prompt.Length is not null || source.Length == Length) return;
        throw new ArgumentException(
            $"The source prompts '{first.Name}' [{Length}, {_width}] and '{source.Name}' {size} differ in size, "
            + "expected one, or a prompt length up to the shorter.");
    }
}
