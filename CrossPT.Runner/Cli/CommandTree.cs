using System.CommandLine;
using System.CommandLine.Completions;
using CrossPT.Runner.Commands;

namespace CrossPT.Runner.Cli;

/// <summary>Every command there is. A new one is a file in <c>Commands</c> and a line here.</summary>
internal static class CommandTree
{
    // A file named @x is a file, and -xyz is no bundle of options.
    private static readonly ParserConfiguration s_plainWords = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    private static readonly Lock s_gate = new();

    public static RootCommand Root { get; } = Create();

    /// <summary>The line as a command that can be run, or an error in one sentence.</summary>
    public static ParseResult Parse(params IReadOnlyList<string> words)
    {
        ParseResult line = Read(words);
        if (line.Action is not SuggestAction) UsageErrors.Check(words, line);
        return line;
    }

    /// <summary>The line as the package reads it.</summary>
    public static ParseResult Read(params IReadOnlyList<string> words)
    {
        // Commands are defined when they are named, and tests parse on several threads.
        lock (s_gate)
        {
            ParseResult line = Root.Parse(words, s_plainWords);
            if (line.CommandResult.Command is not CliCommand command) return line;
            command.Define();
            return Root.Parse(words, s_plainWords);
        }
    }

    private static RootCommand Create()
    {
        RootCommand root = new("multi-task prompt tuning of a frozen T5, in managed code")
        {
            new CliCommand(
                "demo", "the whole method on what comes with the program: no download, no configuration",
                DemoCommand.Define),
            new CliCommand(
                "verify", "recomputes what a golden file holds and prints how far this machine is from it",
                VerifyCommand.Define),
            new CliCommand("tokenize", "text to token ids and pieces", TokenizeCommand.Define),
            new CliCommand(
                "generate", "text to text with a frozen model and, if given, a prompt", GenerateCommand.Define),
            new CliCommand("new", "writes a commented configuration to start from", NewCommand.Define),
            new CliCommand(
                "new-model", "writes a model folder with random weights, to try things", NewModelCommand.Define),
            new CliCommand("train", "tunes prompts before a frozen model, by any of the methods", TrainCommand.Define),
            new CliCommand("sweep", "many runs from one grid, here or on a Slurm cluster", SweepCommand.Define),
            new CliCommand(
                "evaluate", "metrics of a trained run, also with parts of its prompts left out",
                EvaluateCommand.Define),
            new CliCommand("predict", "labels and probabilities of rows, by a trained run", PredictCommand.Define),
            new CliCommand(
                "serve", "answers over HTTP, all tasks of all runs from one frozen model", ServeCommand.Define),
            new CliCommand(
                "report", "one page of tables and pictures over runs or sweeps, that needs nothing else",
                ReportCommand.Define),
            new Command("prompts", "what prompts there are, into and out of files and runs")
            {
                new CliCommand("list", "all prompts in a folder and below it", PromptsListCommand.Define),
                new CliCommand(
                    "show", "statistics of a prompt and the vocabulary words nearest to it", PromptsShowCommand.Define),
                new CliCommand("compare", "cosines between prompts", PromptsCompareCommand.Define),
                new CliCommand(
                    "import", "reads a prompt of another program and writes it as safetensors",
                    PromptsImportCommand.Define),
                new CliCommand(
                    "export", "writes a prompt for PEFT, as safetensors or for NumPy", PromptsExportCommand.Define),
                new CliCommand(
                    "add", "one more source prompt for a trained run, without training", PromptsAddCommand.Define),
                new CliCommand(
                    "remove", "a source prompt out of a trained run, without training", PromptsRemoveCommand.Define),
            },
            new CliCommand(
                "pretrain", "trains a small T5 itself, all weights: span corruption and tasks", PretrainCommand.Define),
            new Command("bench", "speed of this machine on the work that matters")
            {
                new CliCommand("gemm", "speed of the matrix product with a frozen weight", BenchGemmCommand.Define),
                new CliCommand("step", "speed of a prompt-tuning step on a frozen T5", BenchStepCommand.Define),
                new CliCommand(
                    "kernels", "speed of each kernel of a step, at the sizes of T5", BenchKernelsCommand.Define),
            },
            new CliCommand(
                "pull", "downloads a model of the hub, or the data of a task, and checks it", PullCommand.Define),
            new CliCommand(
                "doctor", "devices, back ends built in, SIMD width, threads, memory, versions", DoctorCommand.Define),
            new CliCommand(
                "completion", "a script that completes command lines, for a shell", CompletionCommand.Define),
            new CliCommand("help", "tells about one command, or lists all", HelpCommand.Define),
        };
        root.Options.Clear();
        foreach (Option option in GlobalOptions.All)
        {
            option.Recursive = true;
            root.Add(option);
        }
        root.Directives.Clear();
        root.Add(new SuggestDirective { Action = new SuggestAction() });
        // Without a command: what the commands are.
        root.Action = new HelpPage();
        return root;
    }
}
