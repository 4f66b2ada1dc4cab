using System.Text;
using BenchmarkDotNet.Attributes;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Benchmarks;

/// <summary>SentencePiece encoding; needs a <c>spiece.model</c>, named by the environment variable CROSSPT_SPIECE.</summary>
public class TokenizerBenchmark
{
    private const string Sentence = "mrpc sentence1: Around 0335 GMT, Tab shares were up 19 cents, or 4.4%, at A$4.56, having earlier set a record high of A$4.57. ";

    private readonly List<int> _ids = [];
    private SentencePieceTokenizer _tokenizer = null!;
    private byte[] _text = null!;

    [GlobalSetup]
    public void Setup()
    {
        string path = Environment.GetEnvironmentVariable("CROSSPT_SPIECE") ?? throw new InvalidOperationException("Set CROSSPT_SPIECE to a spiece.model.");
        _tokenizer = SentencePieceTokenizer.Load(path);
        _text = Encoding.UTF8.GetBytes(Sentence);
    }

    [Benchmark]
    public int Encode()
    {
        _ids.Clear();
        return _tokenizer.Encode(_text, _ids);
    }
}
