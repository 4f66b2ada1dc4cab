using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Reads a text file for span corruption: UTF-8, each line a text.</summary>
internal static class CorpusFile
{
    /// <summary>Token ids of every line of two tokens or more.</summary>
    /// <exception cref="TaskDataException">It cannot be read, is not UTF-8, or has no such line.</exception>
    public static List<int[]> Read(string path, ITokenizer tokenizer)
    {
        if (Directory.Exists(path)) throw new TaskDataException(path, "is a folder, expected a text file");
        List<int[]> texts = [];
        int line = 0;
        try
        {
            using StreamReader reader = new(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            while (reader.ReadLine() is { } text)
            {
                line++;
                int[] ids = tokenizer.Encode(text);
                // Of one token nothing can be taken out and something left.
                if (ids.Length > 1) texts.Add(ids);
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new TaskDataException(path, line + 1, "not UTF-8 from here on, expected text", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TaskDataException(path, "no such file, expected a text file", error);
        }
        catch (Exception error) when (error is (IOException or UnauthorizedAccessException) and not TaskDataException)
        {
            throw new TaskDataException(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
        }
        return texts.Count > 0 ? texts : throw new TaskDataException(path, "has no line of two tokens or more, expected text");
    }
}
