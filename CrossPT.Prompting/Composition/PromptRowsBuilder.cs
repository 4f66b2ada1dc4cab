using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>Makes the prompts of a plan: in the form they are trained in, or frozen from saved parts.</summary>
internal sealed class PromptRowsBuilder
{
    private readonly PromptPlan _plan;
    private readonly SavedParts? _parts;
    private readonly IBackend _backend;
    private readonly int _width;
    private readonly StartRows _starts;
    private readonly SourcePrompt[] _sources;
    private readonly List<IPromptRows> _shared = [];

    /// <summary>Decides the length of all prompts and cuts and scales the loaded ones.</summary>
    /// <exception cref="ArgumentException">A source prompt does not fit; the message names both sizes.</exception>
    public PromptRowsBuilder(PromptPlan plan, IReadOnlyList<string> sourceNames, SavedParts? parts)
    {
        (_plan, _parts, _backend, _width) = (plan, parts, plan.Model.Backend, plan.Model.Config.ModelWidth);
        _starts = new StartRows(plan.Model, plan.Tokenizer, plan.Sources, plan.Starts, plan.Seed);
        bool routed = plan.Router.Kind != RouterKind.None;
        Length = parts is not null
            ? parts.RowsOf(routed ? $"source.{sourceNames[0]}" : $"private.{plan.Tasks[0]}")
            : plan.Prompt.Length ?? (plan.Sources.Count > 0 ? plan.Sources[0].Length : 10);
        _sources = routed && parts is null ? CutSources() : [];
    }

    /// <summary>Rows of source prompts, P.</summary>
    public int Length { get; }

    /// <summary>What was made so far, to be freed where building fails.</summary>
    public List<IDisposable> Made { get; } = [];

    /// <summary>Prompts that others are made from.</summary>
    public IReadOnlyList<IPromptRows> Shared => _shared;

    /// <summary>The source prompts.</summary>
    public IPromptRows[] CreateSources(IReadOnlyList<string> names) => [.. names.Select((name, place) => CreateSource($"source.{name}", place))];

    /// <summary>A prompt of each task's own.</summary>
    public IPromptRows[] CreateOwn(PrivateSettings settings, string kind, ParameterRole role, int length)
    {
        PromptIdentity[] identities = [.. _plan.Tasks.Select(task => new PromptIdentity($"{kind}.{task}", role, length, _width))];
        if (_parts is not null) return Array.ConvertAll(identities, identity => (IPromptRows)Frozen(identity.Name, length));
        if (settings.Form.Form == PromptForm.Multiplicative)
        {
            PromptIdentity all = new($"shared.{kind}", ParameterRole.Source, length, _width);
            IPromptRows shared = Keep(new FullPrompt(all, _starts.Create(settings.Start, length, all.Name, task: null), _backend));
            _shared.Add(shared);
            return Array.ConvertAll(identities, identity => (IPromptRows)Keep(
                new MultiplicativePrompt(identity, PromptForms.RankOf(settings.Form, identity), shared, _backend, _plan.Seed)));
        }
        // A private prompt starts as its task's name says; a second own one must not start alike.
        return [.. identities.Zip(_plan.Tasks, (identity, task) =>
        {
            float[] start = _starts.Create(settings.Start, length, role == ParameterRole.Private ? task : identity.Name, task);
            return Keep(PromptForms.Create(settings.Form, identity, start, _backend, _plan.Seed));
        })];
    }

    /// <summary>Own prompts that are added to <paramref name="composed"/> rows, with their gates.</summary>
    public AddedPrompts CreateAdded(PrivateSettings settings, string kind, ParameterRole role, int composed)
    {
        int length = composed == 0 || settings.Combination == PromptCombination.Concatenation ? Length : composed, tasks = _plan.Tasks.Count;
        IPromptRows[] prompts = CreateOwn(settings, kind, role, length);
        string name = $"share.{kind}";
        if (settings.Share != ShareKind.Learned) return new AddedPrompts(prompts, settings, _width, null, name);
        Variable gates = _parts is null
            ? Variable.Parameter(TensorData.FromSingles(_backend, new float[tasks], tasks, 1))
            : Variable.Constant(_parts.Share(name, tasks, 1));
        return new AddedPrompts(prompts, settings, _width, Keep(gates), name);
    }

    /// <summary>The update of the text's embeddings of every task.</summary>
    public IPromptRows[] CreateUpdates() => [.. _plan.Tasks.Select(task =>
    {
        PromptIdentity identity = new($"update.{task}", ParameterRole.Update, _plan.TextLength, _width);
        return _parts is null ? Keep(PromptForms.Update(identity, _plan.Prompt.UpdateRank, _backend, _plan.Seed)) : Frozen(identity.Name, _plan.TextLength);
    })];

    /// <summary>Remembers something made.</summary>
    public T Keep<T>(T made)
        where T : IDisposable
    {
        Made.Add(made);
        return made;
    }

    private IPromptRows CreateSource(string name, int place)
    {
        SourceSettings settings = _plan.Prompt.Sources;
        if (_parts is not null) return Frozen(name, Length);
        if (!settings.Trained) return Keep(new FrozenPrompt(name, TensorData.FromSingles(_backend, _sources[place].Rows, Length, _width)));
        ReadOnlySpan<float> start = place < _sources.Length ? _sources[place].Rows : _starts.Create(settings.Start, Length, name, task: null);
        return Keep(PromptForms.Create(settings.Form, new PromptIdentity(name, ParameterRole.Source, Length, _width), start, _backend, _plan.Seed));
    }

    private FrozenPrompt Frozen(string name, int length) => Keep(new FrozenPrompt(name, _parts!.Share(name, length, _width)));

    private SourcePrompt[] CutSources()
    {
        IReadOnlyList<SourcePrompt> sources = _plan.Sources;
        foreach (SourcePrompt source in sources)
        {
            if (source.Width != _width)
            {
                throw new ArgumentException(
                    $"The source prompt '{source.Name}' [{source.Length}, {source.Width}] is for another model, expected a width of {_width}.");
            }
            if (_plan.Prompt.Length is not null)
            {
                if (source.Length >= Length) continue;
                throw new ArgumentException(
                    $"The source prompt '{source.Name}' [{source.Length}, {_width}] is for prompts of {Length} rows, expected {Length} rows at least.");
            }
            if (source.Length == Length) continue;
            throw new ArgumentException(
                $"The source prompts '{sources[0].Name}' [{Length}, {_width}] and '{source.Name}' [{source.Length}, {_width}] differ in size, "
                + "expected one, or a prompt length up to the shorter.");
        }
        return SourceScaling.Apply(
            [.. sources.Select(source => source.Take(Length))], _plan.Prompt.Sources.Scale, () => PromptStarts.VocabularyRootMeanSquare(_plan.Model));
    }
}
