using System.Buffers;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

/// <summary>Rows in, answers out, several at a time, which is faster.</summary>
/// <remarks>
/// Batches are filled whatever the input's pace: what a row gives never depends on timing. A bad row ends the loop
/// after the earlier ones were answered.
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
        string name = InputFile.Describe(path);
        using Stream input = InputFile.OpenOrStandard(path, context.Streams);
        JsonLineWriter writer = new(context.Streams.Output);
        LineReader reader = new(input, name, JsonLineWriter.LongestLine);
        Answer(context.Interruption, Read(), batchSize, Write);
        reader.TellSkipped(context, name);

        IEnumerable<(string Text, byte[] Members)> Read()
        {
            while (reader.TryRead(out ReadOnlySpan<byte> line))
            {
                record.Parse(line, reader);
                yield return (record.Text, record.Others.ToArray());
            }
        }

        void Write(IReadOnlyList<(string Text, byte[] Members)> rows)
        {
            IReadOnlyList<byte[]> answers = answer([.. rows.Select(static row => row.Text)]);
            for (int i = 0; i < answers.Count; i++)
            {
                writer.Buffer.Write("{"u8);
                writer.Buffer.Write(rows[i].Members);
                writer.Buffer.Write(answers[i]);
                writer.Buffer.Write("}"u8);
                writer.EndLine();
            }
            writer.Flush();
        }
    }

    /// <summary>Answers rows as they come: a batch is answered while the next is read.</summary>
    /// <param name="interruption">Stops between rows.</param>
    /// <param name="rows">The rows; a <see cref="TaskDataException"/> of theirs ends the loop.</param>
    /// <param name="batchSize">Rows answered together.</param>
    /// <param name="answer">Answers up to that many and writes the answers out.</param>
    public static void Answer<T>(
        Interruption interruption, IEnumerable<T> rows, int batchSize, Action<IReadOnlyList<T>> answer)
    {
        List<T> batch = [];
        Task answering = Task.CompletedTask;
        try
        {
            foreach (T row in rows)
            {
                interruption.Token.ThrowIfCancellationRequested();
                batch.Add(row);
                if (batch.Count == batchSize) Flush();
            }
            Flush();
        }
        catch (TaskDataException)
        {
            Flush();
            throw;
        }
        finally
        {
            // The caller frees what the answers are computed with.
            answering.GetAwaiter().GetResult();
        }

        void Flush()
        {
            answering.GetAwaiter().GetResult();
            if (batch.Count == 0) return;
            List<T> full = batch;
            batch = [];
            answering = Task.Run(() => answer(full));
        }
    }
}

/// <summary>Line in, line out: the loop of the commands that read and write JSON lines.</summary>
internal static class JsonLineLoop
{
    /// <summary>
    /// Calls <paramref name="answer"/> for every line; it writes the members of the output object, the ones passed
    /// through are there already.
    /// </summary>
    /// <remarks>A bad line ends the loop after the earlier ones were written.</remarks>
    public static void Run(CommandContext context, string path, JsonLineRecord record, Action<JsonLineRecord,
        JsonLineWriter> answer)
    {
        JsonLineWriter output = new(context.Streams.Output);
        using Stream input = InputFile.OpenOrStandard(path, context.Streams);
        LineReader reader = new(input, InputFile.Describe(path), JsonLineWriter.LongestLine, output.Flush);
        try
        {
            while (reader.TryRead(out ReadOnlySpan<byte> line))
            {
                record.Parse(line, reader);
                output.Buffer.Write("{"u8);
                output.Buffer.Write(record.Others);
                answer(record, output);
                output.Buffer.Write("}"u8);
                output.EndLine();
            }
        }
        catch (TaskDataException)
        {
            output.Flush();
            throw;
        }
        output.Flush();
        reader.TellSkipped(context, InputFile.Describe(path));
    }
}
