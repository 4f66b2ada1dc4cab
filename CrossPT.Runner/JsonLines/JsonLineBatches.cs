using System.Buffers;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

/// <summary>Objects in, the same objects with more members out, several at a time, which is faster.</summary>
/// <remarks>
/// Batches are filled whatever the input's pace: what a line gives never depends on timing. A bad line ends the loop
/// after the earlier ones were written.
/// </remarks>
internal static class JsonLineBatches
{
    /// <summary>Answers the text of every line of a file or of standard input, to standard output.</summary>
    /// <param name="context">Standard input and output.</param>
    /// <param name="path">The file, or <c>-</c>.</param>
    /// <param name="record">Takes a line apart.</param>
    /// <param name="batchSize">Lines answered together.</param>
    /// <param name="answer">Gives the members added to each object.</param>
    public static void Run(
        CommandContext context, string path, JsonLineRecord record, int batchSize,
        Func<IReadOnlyList<string>, IReadOnlyList<byte[]>> answer)
    {
        using Stream input = InputFile.OpenOrStandard(path, context.Streams);
        Run(context, input, InputFile.Describe(path), context.Streams.Output, batchSize, Read, answer);

        (string Text, byte[] Members) Read(ReadOnlySpan<byte> line, LineReader reader)
        {
            record.Parse(line, reader);
            return (record.Text, record.Others.ToArray());
        }
    }

    /// <summary>Answers every line of a stream.</summary>
    /// <param name="context">Notes and interruption.</param>
    /// <param name="input">Where the lines come from.</param>
    /// <param name="name">The input's name in messages.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="batchSize">Lines answered together.</param>
    /// <param name="read">Takes a line apart: what is worked on, and the members that are passed through.</param>
    /// <param name="answer">Gives the members added to each object.</param>
    public static void Run<T>(
        CommandContext context, Stream input, string name, Stream output, int batchSize,
        Func<ReadOnlySpan<byte>, LineReader, (T Row, byte[] Members)> read,
        Func<IReadOnlyList<T>, IReadOnlyList<byte[]>> answer)
    {
        JsonLineWriter writer = new(output);
        LineReader reader = new(input, name, JsonLineWriter.LongestLine, writer.Flush);
        List<T> rows = [];
        List<byte[]> members = [];
        try
        {
            while (reader.TryRead(out ReadOnlySpan<byte> line))
            {
                context.Interruption.Token.ThrowIfCancellationRequested();
                (T row, byte[] own) = read(line, reader);
                rows.Add(row);
                members.Add(own);
                if (rows.Count == batchSize) Answer();
            }
        }
        catch (TaskDataException)
        {
            Answer();
            throw;
        }
        Answer();
        reader.TellSkipped(context, name);

        void Answer()
        {
            if (rows.Count == 0) return;
            IReadOnlyList<byte[]> answers = answer(rows);
            for (int i = 0; i < answers.Count; i++)
            {
                writer.Buffer.Write("{"u8);
                writer.Buffer.Write(members[i]);
                writer.Buffer.Write(answers[i]);
                writer.Buffer.Write("}"u8);
                writer.EndLine();
            }
            rows.Clear();
            members.Clear();
            writer.Flush();
        }
    }
}
