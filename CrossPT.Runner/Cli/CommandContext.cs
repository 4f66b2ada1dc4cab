using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Devices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Cli;

/// <summary>What a command works with: its options as values, the streams, the device.</summary>
internal sealed class CommandContext(CommandLine line, StandardStreams streams, Interruption interruption, Func<string, string?>? variable = null)
{
    public StandardStreams Streams => streams;

    /// <summary>Standard output as text, for people; with <see cref="IsJson"/> nothing may be written to it.</summary>
    public TextWriter Text => streams.Text;

    public Interruption Interruption => interruption;

    public bool IsJson => line.Find(GlobalOptions.Json) is not null;

    public bool IsQuiet => line.Find(GlobalOptions.Quiet) is not null;

    public IReadOnlyList<string> Arguments => line.Arguments;

    /// <summary>An environment variable; null where it is not set.</summary>
    public string? Variable(string name) => variable is null ? Environment.GetEnvironmentVariable(name) : variable(name);

    /// <summary>Threads asked for, or all processors the process may use.</summary>
    public int Threads => line.Find(GlobalOptions.Threads) is null ? Environment.ProcessorCount : Int32(GlobalOptions.Threads, 1, 1024);

    /// <summary>Whether the device asked for is the processor, or nothing else is there.</summary>
    public bool IsCpu => DeviceTable.IsCpu(String(GlobalOptions.Device));

    /// <summary>Whether products with frozen weights are to be bf16.</summary>
    public bool IsBFloat16 => Choice(GlobalOptions.Precision) == "bf16";

    /// <summary>Opens the device asked for.</summary>
    public IBackend OpenBackend() => OpenBackend(Threads);

    /// <summary>Opens it with some of the threads.</summary>
    public IBackend OpenBackend(int threads)
        => DeviceTable.Open(String(GlobalOptions.Device), threads, IsBFloat16);

    /// <summary>One line about what goes on, on standard error.</summary>
    public void Note(string text)
    {
        if (!IsQuiet) streams.Error.WriteLine(text);
    }

    /// <summary>Writes the one object of <c>--json</c>.</summary>
    public void WriteJson(Action<Utf8JsonWriter> members) => JsonDocumentWriter.Write(streams, members);

    public bool Has(Option option) => line.Find(option) is not null;

    /// <summary>The option's text or null.</summary>
    public string? Find(Option option) => line.Find(option);

    public IEnumerable<string> FindAll(Option option) => line.FindAll(option);

    /// <summary>The option's text or its default.</summary>
    public string String(Option option)
    {
        string text = line.Find(option) ?? option.Default ?? throw new UserException($"no {option.Name} {option.Value}");
        return text.Length > 0 ? text : throw new UserException($"{option.Name}: found nothing, expected {option.Value}");
    }

    /// <summary>The option or its default as an integer.</summary>
    public int Int32(Option option, int minimum, int maximum)
    {
        string text = String(option);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum) return value;
        throw new UserException($"{option.Name}: found '{text}', expected an integer from {minimum} to {maximum}");
    }

    /// <summary>The option or its default as a finite number.</summary>
    public double Double(Option option, double minimum, double maximum)
    {
        string text = String(option);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum) return value;
        throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{option.Name}: found '{text}', expected a number from {minimum} to {maximum}"));
    }

    /// <summary>The option or its default, which must be one of the words its value name lists: <c>a|b|c</c>.</summary>
    public string Choice(Option option)
    {
        string text = String(option);
        string[] words = option.Value!.Split('|');
        return Array.IndexOf(words, text) >= 0 ? text : throw new UserException($"{option.Name}: found '{text}', expected one of {string.Join(", ", words)}");
    }
}
