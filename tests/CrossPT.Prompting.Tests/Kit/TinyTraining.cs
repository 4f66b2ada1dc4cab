using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Kit;

/// <summary>A trainer of routed prompts before a tiny model, with everything it needs.</summary>
internal sealed class TinyTraining : IDisposable
{
    private static readonly Lazy<ITokenizer> s_tokenizer = new(static () =>
    {
        using TempFolder folder = new();
        return SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
    });

    public TinyTraining(
        TrainingSettings settings, ulong seed = 1, string[]? tasks = null, int length = 4, int threads = 1,
        int rows = 8, double dropoutRate = 0.1,
        IBackend? backend = null)
    {
        Backend = backend ?? new CpuBackend(threads);
        Model = T5Model.Random(TinyModel.Config with { DropoutRate = dropoutRate }, Backend, seed: 3);
        tasks ??= ["rte", "mrpc"];
        SourcePrompt[] sources = [TinyModel.Source("a", length, 1, 10), TinyModel.Source("b", length, 1, 11)];
        Prompts = PromptMethod.Create(new PromptPlan
        {
            Prompt = new PromptSettings
            {
                Sources = new SourceSettings { Scale = SourceScale.None },
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Uniform } },
            },
            Model = Model,
            Tasks = tasks,
            Sources = sources,
        });
        TrainingTask[] training = Array.ConvertAll(tasks, name => Task(name, rows));
        Trainer = new Trainer(Model, Prompts, training, settings, seed);
    }

    public IBackend Backend { get; }

    public T5Model Model { get; }

    public PromptMethod Prompts { get; }

    public Trainer Trainer { get; }

    /// <summary>The first parameter of a part.</summary>
    public static Tensor Value(ITrainablePrompts prompts, ParameterRole role) =>
        prompts.Parameters.First(one => one.Role == role).Variable.Value;

    /// <summary>All trained numbers, by parameter.</summary>
    public float[][] Numbers => [.. Prompts.Parameters.Select(static one => one.Variable.Value.ToSingles())];

    public static TrainingTask Task(string name, int rows)
    {
        TaskDeclaration declaration = BuiltInTasks.Find(name)!;
        TaskCodec codec = new(declaration, s_tokenizer.Value, TinyModel.Config, sourceLength: 64);
        EncodedExample[] examples = new EncodedExample[rows];
        for (int i = 0; i < rows; i++)
        {
            string word = new((char)('a' + (i % 7)), 1 + (3 * i % 11));
            examples[i] = new EncodedExample(codec.Encode($"{name} {word} dog"), codec.LabelIds[i % 2], i % 2);
        }
        return new TrainingTask(name, examples);
    }

    public void Dispose()
    {
        Trainer.Dispose();
        Prompts.Dispose();
        Model.Dispose();
        Backend.Dispose();
    }
}
