using System.Buffers;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

/// <summary>Lines in, lines out, several at a time: for work that is faster together.</summary>
internal static class JsonLineBatches
{
    /// <summary>
    /// Calls <paramref name="answer"/> with the texts of up to <paramref name="batchSize"/> lines and writes what it returns for each: the members of
    /// the output object, after those that are passed through.
    /// </summary>
    /// <remarks>Batches are filled whatever the input's pace: what a line gives never depends on timing. A bad line ends the loop after the earlier ones were written.</remarks>
    public static void Run(CommandContext context, string path, JsonLineRecord record, int batchSize, Func<IReadOnlyList<string>, IReadOnlyList<byte[]>> answer)
    {
        JsonLineWriter output = new(context.Streams.Output);
        using Stream input = InputFile.OpenOrStandard(path, context.Streams);
        JsonLineReader reader = new(input, InputFile.Describe(path), output.Flush);
        List<string> texts = [];
        List<byte[]> others = [];
        try
        {
            while (reader.TryRead(out ReadOnlySpan<byte> line))
            {
                record.Parse(line, reader);
                texts.Add(record.Text);
                others.Add(record.Others.ToArray());
                if (texts.Count == batchSize) Answer();
            }
        }
        catch (UserException)
        {
            Answer();
            throw;
        }
        Answer();

        void Answer()
        {
            if (texts.Count == 0) return;
            IReadOnlyList<byte[]> results = answer(texts);
            for (int i = 0; i < results.Count; i++)
            {
                output.Buffer.Write("{"u8);
                output.Buffer.Write(others[i]);
                output.Buffer.Write(results[i]);
                output.Buffer.Write("}"u8);
                output.EndLine();
            }
            texts.Clear();
            others.Clear();
            output.Flush();
        }
    }
}
