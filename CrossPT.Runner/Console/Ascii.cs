namespace CrossPT.Runner.Consoles;

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
