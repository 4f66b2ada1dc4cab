using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Routing.Attempt;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>Builds target prompts from settings.</summary>
public sealed class PromptBuilder
{
    private readonly PromptPlan _plan;
    private readonly IReadOnlyDictionary<string, Tensor>? _parts;
    private readonly string[] _sourceNames;
    private readonly IBackend _backend;
    private readonly int _width;
    private readonly List<IDisposable> _made = [];
    private readonly List<IPromptRows> _shared = [];
    private int _length;

    private PromptBuilder(PromptPlan plan, IReadOnlyList<string> sourceNames, IReadOnlyDictionary<string, Tensor>? parts)
    {
        (_plan, _parts, _sourceNames) = (plan, parts, [.. sourceNames]);
        (_backend, _width) = (plan.Model.Backend, plan.Model.Config.ModelWidth);
    }

    /// <summary>Prompts as they are before training: a function of the plan alone.</summary>
    /// <exception cref="ArgumentException">Settings contradict each other, or a size does not fit; the message names both.</exception>
    /// <exception cref="IOException">A file to start from is missing or broken.</exception>
    public static PromptGraph Build(PromptPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string[] names = [.. plan.Sources.Select(static source => source.Name), .. plan.AnonymousSources];
        PromptPlanChecks.Run(plan, names);
        return new PromptBuilder(plan, names, null).Create();
    }

    /// <summary>Frozen prompts from what <see cref="PromptGraph.Parts"/> gave: they compose to the same bits.</summary>
    /// <param name="plan">The settings they were built with; its sources are not read.</param>
    /// <param name="sourceNames">Names of the source prompts, in their order.</param>
    /// <param name="parts">The parts by name; they stay the caller's.</param>
    /// <exception cref="ArgumentException">A part is missing or of another size.</exception>
    public static PromptGraph Recompose(PromptPlan plan, IReadOnlyList<string> sourceNames, IReadOnlyDictionary<string, Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(sourceNames);
        ArgumentNullException.ThrowIfNull(parts);
        PromptPlanChecks.Run(plan with { Sources = [], AnonymousSources = [] }, sourceNames);
        return new PromptBuilder(plan, sourceNames, parts).Create();
    }

    private PromptGraph Create()
    {
        try
        {
            return new PromptGraph(CreateParts());
        }
        catch
        {
            foreach (IDisposable made in _made) made.Dispose();
            throw;
        }
    }

    private PromptGraphParts CreateParts()
    {
        PromptSettings prompt = _plan.Prompt;
        bool routed = _plan.Router.Kind != RouterKind.None, column = prompt.Private.Role == PrivateRole.Column;
        bool attemptColumn = _plan.Router.Kind == RouterKind.Attempt && prompt.Private.Role == PrivateRole.Added;
        SourcePrompt[] sources = CutSources(routed);
        int columns = _sourceNames.Length + (column || attemptColumn ? 1 : 0);
        MixingLayout? layout = routed
            ? new MixingLayout(prompt.Composition, _sourceNames.Length, _plan.Tasks.Count, column || attemptColumn, _plan.Router.TopK == 0 ? columns : _plan.Router.TopK)
            : null;
        StartRows starts = new(_plan.Model, _plan.Tokenizer, _plan.Sources, _plan.Seed);
        int composed = routed ? _length * (prompt.Composition == CompositionKind.Concatenation ? layout!.Chosen : 1) : 0;
        IPromptRows[] sourceRows = routed ? CreateSources(sources, starts) : [];
        AddedPrompts? added = prompt.Private.Role == PrivateRole.Added ? CreateAdded(prompt.Private, "private", ParameterRole.Private, composed, starts) : null;
        AddedPrompts? target = prompt.Target is null ? null : CreateAdded(prompt.Target, "added", ParameterRole.Target, added?.LengthWith(composed) ?? composed, starts);
        return new PromptGraphParts
        {
            Tasks = [.. _plan.Tasks],
            Position = prompt.Position,
            Width = _width,
            SourceNames = routed ? _sourceNames : [],
            Sources = sourceRows,
            Columns = column ? CreateOwn(prompt.Private, "private", ParameterRole.Private, _length, starts) : null,
            Layout = layout,
            Router = layout is null ? null : CreateRouter(layout),
            Private = added,
            PrivateIsColumn = attemptColumn,
            Target = target,
            Updates = prompt.UpdateRank == 0 ? null : [.. _plan.Tasks.Select(CreateUpdate)],
            Shared = _shared,
            Warnings = _plan.Router.Kind == RouterKind.Task && Annealing.Warning(_plan.Router, _plan.Steps) is { } warning ? [warning] : [],
        };
    }

    /// <summary>The loaded source prompts at one length and size; sets the length of all prompts.</summary>
    private SourcePrompt[] CutSources(bool routed)
    {
        PromptSettings prompt = _plan.Prompt;
        foreach (SourcePrompt source in _plan.Sources)
        {
            if (source.Width != _width)
                throw new ArgumentException($"The source prompt '{source.Name}' [{source.Length}, {source.Width}] is for another model, expected a width of {_width}.");
        }
        if (_parts is not null && routed) _length = Part($"source.{_sourceNames[0]}").Rows;
        else if (!routed && _parts is not null) _length = Part($"private.{_plan.Tasks[0]}").Rows;
        else _length = prompt.Length ?? (_plan.Sources.Count > 0 ? _plan.Sources[0].Length : 10);
        if (!routed || _parts is not null) return [];
        foreach (SourcePrompt source in _plan.Sources)
        {
            if (prompt.Length is not null ? source.Length >= _length : source.Length == _length) continue;
            throw new ArgumentException(prompt.Length is null
                ? $"The source prompts '{_plan.Sources[0].Name}' [{_length}, {_width}] and '{source.Name}' [{source.Length}, {_width}] differ in size, expected one, or a prompt length up to the shorter."
                : $"The source prompt '{source.Name}' [{source.Length}, {_width}] is for prompts of {_length} rows, expected {_length} rows at least.");
        }
        return SourceScaling.Apply([.. _plan.Sources.Select(source => source.Take(_length))], prompt.Sources.Scale, () => PromptStarts.VocabularyRootMeanSquare(_plan.Model));
    }

    private IPromptRows[] CreateSources(SourcePrompt[] loaded, StartRows starts)
    {
        SourceSettings settings = _plan.Prompt.Sources;
        var sources = new IPromptRows[_sourceNames.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            string name = $"source.{_sourceNames[i]}";
            if (_parts is not null) sources[i] = Frozen(name, _length);
            else if (!settings.Trained) sources[i] = Made(new FrozenPrompt(name, TensorData.FromSingles(_backend, loaded[i].Rows, _length, _width)));
            else
            {
                ReadOnlySpan<float> start = i < loaded.Length ? loaded[i].Rows : starts.Create(settings.Start, _length, name, task: null);
                sources[i] = Made(PromptForms.Create(settings.Form, new PromptIdentity(name, ParameterRole.Source, _length, _width), start, _backend, _plan.Seed));
            }
        }
        return sources;
    }

    private AddedPrompts CreateAdded(PrivateSettings settings, string kind, ParameterRole role, int composed, StartRows starts)
    {
        int length = composed == 0 || settings.Combination == PromptCombination.Concatenation ? _length : composed;
        IPromptRows[] prompts = CreateOwn(settings, kind, role, length, starts);
        string name = $"share.{kind}";
        Variable? gates = null;
        if (settings.Share == ShareKind.Learned)
        {
            gates = _parts is null
                ? Variable.Parameter(TensorData.FromSingles(_backend, new float[_plan.Tasks.Count], _plan.Tasks.Count, 1))
                : Variable.Constant(TensorScope.Detach(Part(name, new Shape(_plan.Tasks.Count, 1)).Share()));
            _made.Add(gates);
        }
        return new AddedPrompts(prompts, settings, _width, gates, name);
    }

    private IPromptRows[] CreateOwn(PrivateSettings settings, string kind, ParameterRole role, int length, StartRows starts)
    {
        if (_parts is not null) return [.. _plan.Tasks.Select(task => Frozen($"{kind}.{task}", length))];
        if (settings.Form.Form != PromptForm.Multiplicative)
        {
            // A private prompt starts as its task's name says; a second own one must not start alike.
            return [.. _plan.Tasks.Select(task => Made(PromptForms.Create(
                settings.Form, new PromptIdentity($"{kind}.{task}", role, length, _width),
                starts.Create(settings.Start, length, role == ParameterRole.Private ? task : $"{kind}.{task}", task), _backend, _plan.Seed)))];
        }
        string name = $"shared.{kind}";
        IPromptRows shared = Made(new FullPrompt(
            new PromptIdentity(name, ParameterRole.Source, length, _width), starts.Create(settings.Start, length, name, task: null), _backend));
        _shared.Add(shared);
        return [.. _plan.Tasks.Select(task =>
        {
            PromptIdentity identity = new($"{kind}.{task}", role, length, _width);
            return Made(new MultiplicativePrompt(identity, PromptForms.RankOf(settings.Form, identity), shared, _backend, _plan.Seed));
        })];
    }

    private IPromptRows CreateUpdate(string task)
    {
        PromptIdentity identity = new($"update.{task}", ParameterRole.Update, _plan.TextLength, _width);
        return _parts is null ? Made(PromptForms.Update(identity, _plan.Prompt.UpdateRank, _backend, _plan.Seed)) : Frozen(identity.Name, _plan.TextLength);
    }

    private IPromptRouter CreateRouter(MixingLayout layout)
    {
        RouterSettings settings = _plan.Router;
        int tasks = _plan.Tasks.Count;
        switch (settings.Kind)
        {
            case RouterKind.Uniform:
                return new UniformRouter(layout);
            case RouterKind.Attempt when _parts is null:
                return Made(new AttemptMixer(settings, layout.Sources, layout.HasPrivate, _length, _width, _backend, _plan.Seed));
            case RouterKind.Attempt:
                int r = settings.Bottleneck;
                return Made(new AttemptMixer(
                    settings, layout.Sources, layout.HasPrivate, _length, trained: false, Part(AttemptMixer.DownName, new Shape(r, _width)).Share(),
                    Part(AttemptMixer.UpName, new Shape(_width, r)).Share(), Part(AttemptMixer.NormWeightName, new Shape(_width)).Share(),
                    Part(AttemptMixer.NormBiasName, new Shape(_width)).Share()));
            default:
                Tensor logits = _parts is null
                    ? HostTensor.Create(_backend, RouterStarts.Create(_plan, _sourceNames, layout), tasks, layout.Columns)
                    : Part(TaskRouter.LogitsName, new Shape(tasks, layout.Columns)).Share();
                return Made(new TaskRouter(settings, layout, _plan.Tasks, logits, settings.Trained && _parts is null, _plan.Steps));
        }
    }

    private FrozenPrompt Frozen(string name, int length) => Made(new FrozenPrompt(name, Part(name, new Shape(length, _width)).Share()));

    private Tensor Part(string name, Shape? expected = null)
    {
        if (!_parts!.TryGetValue(name, out Tensor? part)) throw new ArgumentException($"The saved prompts have no '{name}'.");
        if (expected is { } shape && part.Shape != shape) throw new ArgumentException($"The saved prompts have '{name}' {part.Shape}, expected {shape}.");
        if (part.DType != _backend.ComputeType) throw new ArgumentException($"The saved prompts have '{name}' of {part.DType}, expected {_backend.ComputeType}.");
        return part;
    }

    private T Made<T>(T made)
        where T : IDisposable
    {
        _made.Add(made);
        return made;
    }
}
