using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Reads a text file for span corruption: UTF-8, each line a text.</summary>
internal static class CorpusFile
{
    /// <summary>Token ids of every line of two tokens or more.</summary>
    /// <exception cref="TaskDataException">It cannot be read, is not UTF-8, or has no such line.</exception>
    public static List<int[]> Read(string path, ITokenizer tokenizer)
    {
        using FileStream file = DataFile.Open(path, "a text file");
        LineReader lines = new(file, path);
        List<int[]> texts = [];
        try
        {
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                int[] ids = tokenizer.Encode(Encoding.UTF8.GetString(line));
                // Of one token nothing can be taken out and something left.
                if (ids.Length > 1) texts.Add(ids);
            }
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TaskDataException)
        {
            throw DataFile.Unreadable(path, error);
        }
        return texts.Count > 0 ? texts
            : throw new TaskDataException(path, "has no line of two tokens or more, expected text");
    }
}
