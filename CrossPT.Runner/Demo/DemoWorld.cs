using CrossPT.Prompting.Language;
using CrossPT.Prompting.Pretraining;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Demo;

/// <summary>
/// What the demo works on: a model, its tokenizer, and the invented language it was pretrained on.
/// </summary>
internal sealed class DemoWorld : IDisposable
{
    private DemoWorld(InventedLanguage language, ITokenizer tokenizer, T5Model model)
    {
        Language = language;
        Tokenizer = tokenizer;
        Model = model;
    }

    /// <summary>Skills, domains, sources, targets, examples.</summary>
    public InventedLanguage Language { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>The frozen model.</summary>
    public T5Model Model { get; }

    /// <summary>Loads it.</summary>
    /// <exception cref="IOException">A file is missing or broken; the message names it.</exception>
    public static DemoWorld Load(IBackend backend, string folder)
    {
        string settings = Path.Combine(folder, PretrainingFolder.SettingsName);
        LanguageSelection language = PretrainingConfiguration.Load(settings).Language
            ?? throw new InvalidDataException(
                $"{settings}: no \"language\", expected a model of an invented language, as pretrain makes it");
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        return new DemoWorld(new InventedLanguage(language.Seed), tokenizer, T5Model.Load(folder, backend));
    }

    public void Dispose() => Model.Dispose();
}
