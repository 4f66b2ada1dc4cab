using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Makes the streams a configuration asks for.</summary>
internal static class PretrainingMixture
{
    public static ExampleMixture Create(
        PretrainingConfiguration configuration, T5Config model, ITokenizer tokenizer, InventedLanguage? language)
    {
        List<(IExampleStream, double)> streams = [];
        if (language is not null)
        {
            (double texts, double tasks) = (configuration.Language!.TextShare, configuration.Language.TaskShare);
            if (texts > 0)
                streams.Add((new LanguageTextStream(language, tokenizer, Spans(configuration, tokenizer)), texts));
            if (tasks > 0) streams.Add((new LanguageTaskStream(language, tokenizer), tasks));
        }
        if (configuration.Corpus is { } corpus)
        {
            SpanCorruption spans = Spans(configuration, tokenizer);
            if (configuration.SourceLength > spans.LongestText)
            {
                string problem = $"{configuration.SourceLength} tokens, expected {spans.LongestText} at most: the "
                    + $"tokenizer has no more sentinels";
                throw new ConfigurationException(configuration.Place, $"sourceLength: {problem}");
            }
            List<int[]> lines = [.. corpus.Files.SelectMany(file => CorpusFile.Read(file, tokenizer))];
            streams.Add((new CorpusStream(lines, configuration.SourceLength, spans), corpus.Share));
        }
        foreach (PretrainingTaskSelection task in configuration.Tasks)
            streams.Add((new TaskStream(Rows(configuration, task, model, tokenizer)), task.Share));
        return new ExampleMixture(streams, configuration.Training.Batch, (ulong)configuration.Seed);
    }

    private static SpanCorruption Spans(PretrainingConfiguration configuration, ITokenizer tokenizer)
    {
        try
        {
            return new SpanCorruption(tokenizer, configuration.Spans.Density, configuration.Spans.MeanLength);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"spans: {error.Reason()}", error);
        }
    }

    private static EncodedExample[] Rows(
        PretrainingConfiguration configuration, PretrainingTaskSelection selection, T5Config model,
        ITokenizer tokenizer)
    {
        TaskDeclaration task = TaskDeclaration.Load(selection.Declaration);
        string before = selection.Prefix.Length > 0 ? selection.Prefix + " " : "";
        try
        {
            TaskCodec codec = new(task, tokenizer, model, configuration.SourceLength, before);
            return [.. TaskData.Read(selection.TrainFile, task).Select(codec.Encode)];
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"tasks: {error.Reason()}", error);
        }
    }
}
