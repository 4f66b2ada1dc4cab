using CrossPT.Runner.Commands;

namespace CrossPT.Runner.Cli;

/// <summary>Every command there is, in the order the help lists them. A new one is a file in <c>Commands</c> and a line here.</summary>
internal static class CommandTable
{
    public static CommandEntry[] All { get; } =
    [
        new("demo", "the whole method on what comes with the program: no download, no configuration", static () => DemoCommand.Define()),
        new("verify", "recomputes what a golden file holds and prints how far this machine is from it", static () => VerifyCommand.Define()),
        new("tokenize", "text to token ids and pieces", static () => TokenizeCommand.Define()),
        new("generate", "text to text with a frozen model and, if given, a prompt", static () => GenerateCommand.Define()),
        new("new", "writes a commented configuration to start from", static () => NewCommand.Define()),
        new("train", "tunes prompts before a frozen model, by any of the methods", static () => TrainCommand.Define()),
        new("sweep", "many runs from one grid, here or on a Slurm cluster", static () => SweepCommand.Define()),
        new("evaluate", "metrics of a trained run, also with parts of its prompts left out", static () => EvaluateCommand.Define()),
        new("predict", "labels and scores for JSON lines, by a trained run", static () => PredictCommand.Define()),
        new("report", "one page of tables and pictures over runs or sweeps, that needs nothing else", static () => ReportCommand.Define()),
        new("prompts list", "all prompts in a folder and below it", static () => PromptsListCommand.Define()),
        new("prompts show", "statistics of a prompt and the vocabulary words nearest to it", static () => PromptsShowCommand.Define()),
        new("prompts compare", "cosines between prompts", static () => PromptsCompareCommand.Define()),
        new("prompts import", "reads a prompt of another program and writes it as safetensors", static () => PromptsImportCommand.Define()),
        new("prompts export", "writes a prompt for PEFT, as safetensors or for NumPy", static () => PromptsExportCommand.Define()),
        new("prompts add", "one more source prompt for a trained run, without training", static () => PromptsAddCommand.Define()),
        new("prompts remove", "a source prompt out of a trained run, without training", static () => PromptsRemoveCommand.Define()),
        new("pretrain", "trains a small T5 itself, all weights: span corruption and tasks", static () => PretrainCommand.Define()),
        new("bench gemm", "speed of the matrix product with a frozen weight", static () => BenchGemmCommand.Define()),
        new("bench step", "speed of a prompt-tuning step on a frozen T5", static () => BenchStepCommand.Define()),
        new("bench kernels", "speed of each kernel of a step, at the sizes of T5", static () => BenchKernelsCommand.Define()),
        new("pull", "downloads a model of the hub, or the data of a task, and checks it", static () => PullCommand.Define()),
        new("doctor", "devices, back ends built in, SIMD width, threads, memory, versions", static () => DoctorCommand.Define()),
    ];
}
