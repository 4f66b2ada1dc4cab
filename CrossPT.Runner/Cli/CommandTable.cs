using CrossPT.Runner.Commands;

namespace CrossPT.Runner.Cli;

/// <summary>Every command there is, in the order the help lists them. A new one is a file in <c>Commands</c> and a line here.</summary>
internal static class CommandTable
{
    public static CommandEntry[] All { get; } =
    [
        new("verify", "recomputes what a golden file holds and prints how far this machine is from it", static () => VerifyCommand.Define()),
        new("tokenize", "text to token ids and pieces", static () => TokenizeCommand.Define()),
        new("bench gemm", "speed of the matrix product with a frozen weight", static () => BenchGemmCommand.Define()),
        new("doctor", "devices, back ends built in, SIMD width, threads, memory, versions", static () => DoctorCommand.Define()),
    ];
}
