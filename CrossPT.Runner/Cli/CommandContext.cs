using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;

namespace CrossPT.Runner.Cli;

/// <summary>A command's options as values, its streams and its device.</summary>
internal sealed class CommandContext : InvocationConfiguration, IDisposable
{
    private readonly ParseResult _line;
    private readonly Func<string, string?>? _variable;
    private readonly Lazy<DeviceChoice> _device;
    private ConsoleOutput? _console;

    public CommandContext(
        ParseResult line, StandardStreams streams, Interruption interruption, Func<string, string?>? variable = null)
    {
        (_line, Streams, Interruption, _variable) = (line, streams, interruption, variable);
        _device = new Lazy<DeviceChoice>(() => new DeviceChoice(
            Value(GlobalOptions.Device), Value(GlobalOptions.Precision), Note));
        (Output, EnableDefaultExceptionHandler) = (streams.Text, false);
    }

    public StandardStreams Streams { get; }

    /// <summary>Standard output as text, for people; with <see cref="IsJson"/> nothing may be written to it.</summary>
    public TextWriter Text => Streams.Text;

    /// <summary>Tables, progress and remarks.</summary>
    public ConsoleOutput Console =>
        LazyInitializer.EnsureInitialized(ref _console, () => new ConsoleOutput(Streams, IsQuiet));

    public Interruption Interruption { get; }

    public bool IsJson => Has(GlobalOptions.Json);

    public bool IsQuiet => Has(GlobalOptions.Quiet);

    /// <summary>An environment variable; null where it is not set.</summary>
    public string? Variable(string name) =>
        _variable is null ? Environment.GetEnvironmentVariable(name) : _variable(name);

    /// <summary>Threads asked for, or all processors the process may use.</summary>
    public int Threads => Find(GlobalOptions.Threads) ?? Environment.ProcessorCount;

    /// <summary>Whether the device asked for is the processor, or nothing else is there.</summary>
    public bool IsCpu => _device.Value.IsCpu;

    /// <summary>Precision asked for of products with frozen weights.</summary>
    public MatrixPrecision Precision => DeviceChoice.PrecisionOf(Value(GlobalOptions.Precision));

    /// <summary>Opens the device asked for.</summary>
    public IBackend OpenBackend() => OpenBackend(Threads);

    /// <summary>Opens it with some of the threads.</summary>
    public IBackend OpenBackend(int threads) => _device.Value.Open(threads);

    /// <summary>Opens the processor, which is the device asked for, with frozen weights kept as a type.</summary>
    public IBackend OpenCpu(DType weights) => _device.Value.Open(Threads, weights);

    /// <summary>Closes a device that the command tried and did not use.</summary>
    public void Dispose()
    {
        if (_device.IsValueCreated) _device.Value.Dispose();
    }

    /// <summary>One line about what goes on, on standard error.</summary>
    public void Note(string text) => Console.Note(text);

    /// <summary>Lines about what may be wrong, on standard error.</summary>
    public void Warn(IEnumerable<string> warnings)
    {
        foreach (string warning in warnings) Note($"warning: {warning}");
    }

    /// <summary>Writes the one object of <c>--json</c>.</summary>
    public void WriteJson(Action<Utf8JsonWriter> members) => JsonDocumentWriter.Write(Streams, members);

    /// <summary>Whether the option was given.</summary>
    public bool Has(Option option) => _line.GetResult(option) is { Implicit: false };

    /// <summary>The value of an option that is required, has a default, or was given.</summary>
    public T Value<T>(Option<T> option) => _line.GetRequiredValue(option);

    public T Value<T>(Argument<T> argument) => _line.GetRequiredValue(argument);

    /// <summary>The value given; null where the argument was not.</summary>
    public string? Find(Argument<string> argument) =>
        _line.GetResult(argument) is { Tokens.Count: > 0 } ? Value(argument) : null;

    /// <summary>The value given; null where the option was not.</summary>
    public string? Find(Option<string> option) => Has(option) ? Value(option) : null;

    /// <summary>The value given; null where the option was not.</summary>
    public T? Find<T>(Option<T> option)
        where T : struct => Has(option) ? Value(option) : null;

    /// <summary>All values of an option that repeats.</summary>
    public string[] FindAll(Option<string[]> option) => Has(option) ? Value(option) : [];

    /// <summary>The option as it was written; null where it was not.</summary>
    public string? Written(Option option) => Has(option) ? _line.GetResult(option)!.Tokens[0].Value : null;
}

/// <summary>Writes the one document of <c>--json</c>: an object on a line of its own.</summary>
internal static class JsonDocumentWriter
{
    public static void Write(StandardStreams streams, Action<Utf8JsonWriter> members)
    {
        // Read by programs, not by browsers: names and text stay as they are.
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(streams.Output, options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        streams.Output.Write("\n"u8);
    }
}
