namespace CrossPT.Runner.Cli;

/// <summary>The options every command has.</summary>
internal static class GlobalOptions
{
    public static Option Device { get; } = new("--device", "auto|cpu|cuda[:n]", "where to compute", "auto");

    public static Option Precision { get; } = new("--precision", "fp32|bf16", "what products with frozen weights multiply in: bf16 on CUDA of compute capability 8.0 and up", "fp32");

    public static Option Threads { get; } = new("--threads", "N", "threads on the CPU", "the processors this process may use");

    public static Option Json { get; } = new("--json", null, "JSON on standard output, and nothing else there");

    public static Option Quiet { get; } = new("--quiet", null, "no progress on standard error");

    public static Option Help { get; } = new("--help", null, "this help");

    public static Option Version { get; } = new("--version", null, "version and the back ends built in");

    public static Option[] All { get; } = [Device, Precision, Threads, Json, Quiet, Help, Version];
}
