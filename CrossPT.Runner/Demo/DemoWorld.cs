using CrossPT.Prompting.Language;
using CrossPT.Prompting.Pretraining;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Demo;

/// <summary>
/// What the demo works on: the model that comes with the program, its tokenizer, and the language it was pretrained on.
/// </summary>
internal sealed class DemoWorld : IDisposable
{
    private DemoWorld(InventedLanguage language, ITokenizer tokenizer, T5Model model)
    {
        Language = language;
        Tokenizer = tokenizer;
        Model = model;
    }

    /// <summary>The model's folder.</summary>
    public static string ModelFolder => DemoFiles.ModelFolder;

    /// <summary>Skills, domains, sources, targets, examples.</summary>
    public InventedLanguage Language { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>The frozen model.</summary>
    public T5Model Model { get; }

    /// <summary>Loads it.</summary>
    /// <exception cref="IOException">A file of the program is missing or broken; the message names it.</exception>
    public static DemoWorld Load(IBackend backend)
    {
        PretrainingConfiguration configuration = PretrainingConfiguration.Load(
            Path.Combine(ModelFolder, PretrainingFolder.SettingsName));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(ModelFolder);
        return new DemoWorld(
            new InventedLanguage(configuration.Language!.Seed), tokenizer, T5Model.Load(ModelFolder, backend));
    }

    public void Dispose() => Model.Dispose();
}
