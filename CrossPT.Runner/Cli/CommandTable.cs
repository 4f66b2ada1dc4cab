using CrossPT.Runner.Commands;

namespace CrossPT.Runner.Cli;

/// <summary>Every command there is, in the order the help lists them. A new one is a file in <c>Commands</c> and a line here.</summary>
internal static class CommandTable
{
    public static CommandEntry[] All { get; } =
    [
        new("verify", "recomputes what a golden file holds and prints how far this machine is from it", static () => VerifyCommand.Define()),
        new("tokenize", "text to token ids and pieces", static () => TokenizeCommand.Define()),
        new("generate", "text to text with a frozen model and, if given, a prompt", static () => GenerateCommand.Define()),
        new("train", "tunes prompts: frozen source prompts, a router, a private prompt a task", static () => TrainCommand.Define()),
        new("pretrain", "trains a small T5 itself, all weights: span corruption and tasks", static () => PretrainCommand.Define()),
        new("bench gemm", "speed of the matrix product with a frozen weight", static () => BenchGemmCommand.Define()),
        new("bench step", "speed of a prompt-tuning step on a frozen T5", static () => BenchStepCommand.Define()),
        new("doctor", "devices, back ends built in, SIMD width, threads, memory, versions", static () => DoctorCommand.Define()),
    ];
}
