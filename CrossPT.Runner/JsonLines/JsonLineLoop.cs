using System.Buffers;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.JsonLines;

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
