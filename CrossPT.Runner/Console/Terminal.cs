using System.Runtime.InteropServices;
using Spectre.Console;

namespace CrossPT.Runner.Consoles;

/// <summary>
/// What the user's terminal can show. Spectre.Console is told all of it: left to itself it takes every locale for
/// UTF-8, and a stream that is not the console's own for a file.
/// </summary>
internal sealed partial record Terminal
{
    private const int DefaultWidth = 80, DefaultHeight = 24, Utf8CodePage = 65001;

    /// <summary>TIOCGWINSZ, the request for a terminal's size.</summary>
    private const nuint SizeRequest = 0x5413;

    /// <summary>Whether lines can be written over.</summary>
    public bool MovesCursor { get; init; } = true;

    public bool HasColor { get; init; } = true;

    public bool IsUnicode { get; init; } = true;

    /// <summary>Columns and rows, which change when the window does.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = static () => (DefaultWidth, DefaultHeight);

    /// <summary>The terminal behind a stream of this process, as the environment describes it.</summary>
    /// <param name="descriptor">1 for standard output, 2 for standard error.</param>
    public static Terminal Of(int descriptor)
    {
        bool isDumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new Terminal
        {
            MovesCursor = !isDumb,
            HasColor = !isDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            IsUnicode = OperatingSystem.IsWindows()
                ? Console.OutputEncoding.CodePage == Utf8CodePage
                : IsUnicodeLocale(Environment.GetEnvironmentVariable),
            Size = () => SizeOf(descriptor),
        };
    }

    /// <summary>Whether a locale's characters are UTF-8; without one it is POSIX's, which is ASCII.</summary>
    internal static bool IsUnicodeLocale(Func<string, string?> variable)
    {
        IEnumerable<string?> values = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(variable);
        string locale = values.FirstOrDefault(static value => !string.IsNullOrEmpty(value)) ?? "";
        return locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// A Spectre.Console that knows what this terminal can show; of files and pipes, null, that they can show neither
    /// colours nor a cursor.
    /// </summary>
    public static IAnsiConsole Open(Terminal? terminal, TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal is { MovesCursor: true } ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal is { HasColor: true } ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal is { MovesCursor: true } ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new Screen(terminal, writer),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = terminal is not { IsUnicode: false };
        return console;
    }

    /// <summary>A paragraph in lines no longer than the terminal is wide, broken between words.</summary>
    public string Fold(string text)
    {
        using StringWriter folded = new();
        Open(this, folded).Write(new Text(IsUnicode ? text : Ascii.Of(text)));
        return string.Join('\n', folded.ToString().Split('\n').Select(static line => line.TrimEnd()));
    }

    /// <summary>
    /// On Linux the terminal itself is asked: Console.WindowWidth looks at standard input and output alone.
    /// </summary>
    private static (int Width, int Height) SizeOf(int descriptor)
    {
        (int width, int height) = (0, 0);
        try
        {
            if (!OperatingSystem.IsLinux()) (width, height) = (Console.WindowWidth, Console.WindowHeight);
            else if (Ioctl(descriptor, SizeRequest, out WindowSize size) == 0)
                (width, height) = (size.Columns, size.Rows);
        }
        catch (IOException)
        {
            // A console without a window.
        }
        return (width > 0 ? width : DefaultWidth, height > 0 ? height : DefaultHeight);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(int descriptor, nuint request, out WindowSize size);

    /// <summary>The system's struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct WindowSize
    {
        public readonly ushort Rows, Columns, PixelsAcross, PixelsDown;
    }

    private sealed class Screen(Terminal? terminal, TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => terminal is not null;

        // A file is as wide as it needs to be.
        public int Width => terminal?.Size().Width ?? short.MaxValue;

        public int Height => terminal?.Size().Height ?? short.MaxValue;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }
}

/// <summary>Text for a terminal without UTF-8.</summary>
internal static class Ascii
{
    /// <summary>The text with our own signs as what looks most like them; any other becomes a question mark.</summary>
    public static string Of(string text) => string.Concat(text.Select(Of));

    private static string Of(char sign) => sign switch
    {
        < '\x7f' => sign.ToString(),
        '─' or '–' or '−' => "-",
        '━' => "=",
        '—' => "--",
        '±' => "+/-",
        '░' => ".",
        '▒' => ":",
        '▓' => "*",
        '█' => "#",
        'µ' => "u",
        'Δ' => "diff",
        '→' => "->",
        _ => "?",
    };
}
