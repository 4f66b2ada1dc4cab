using BenchmarkDotNet.Attributes;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Benchmarks;

/// <summary>SentencePiece encoding; the environment variable CROSSPT_SPIECE names a <c>spiece.model</c>.</summary>
public class TokenizerBenchmark
{
    private const string Sentence =
        "mrpc sentence1: Around 0335 GMT, Tab shares were up 19 cents, or 4.4%, at A$4.56, having earlier set a record "
        + "high of A$4.57. ";

    private readonly EncodedText _encoded = new();
    private SentencePieceTokenizer _tokenizer = null!;

    [GlobalSetup]
    public void Setup()
    {
        string path = Environment.GetEnvironmentVariable("CROSSPT_SPIECE")
            ?? throw new InvalidOperationException("Set CROSSPT_SPIECE to a spiece.model.");
        _tokenizer = SentencePieceTokenizer.Load(path);
    }

    [Benchmark]
    public int Encode()
    {
        _tokenizer.Encode(Sentence, _encoded);
        return _encoded.Count;
    }
}
