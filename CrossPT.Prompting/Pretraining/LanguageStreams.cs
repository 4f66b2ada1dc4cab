using CrossPT.Prompting.Language;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Texts of the built-in language with spans taken out, never the same ones again.</summary>
internal sealed class LanguageTextStream(
    InventedLanguage language, ITokenizer tokenizer, SpanCorruption spans) : IExampleStream
{
    public SequencePair Draw(CounterRandom random) =>
        spans.Corrupt(tokenizer.Encode(language.DrawText(random)), random);
}

/// <summary>Tasks of the built-in language behind their text prefixes.</summary>
internal sealed class LanguageTaskStream(InventedLanguage language, ITokenizer tokenizer) : IExampleStream
{
    public SequencePair Draw(CounterRandom random)
    {
        (string text, string answer) = language.DrawTask(random);
        return new SequencePair(
            tokenizer.Encode(text, EncodeOptions.EndOfSequence), tokenizer.Encode(answer, EncodeOptions.EndOfSequence));
    }
}
