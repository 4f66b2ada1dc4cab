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
                "demo", "runs the whole method on data inside the program: no download, no configuration",
                DemoCommand.Define),
            new CliCommand("new", "writes a commented configuration to start from", NewCommand.Define),
            new CliCommand(
                "new-model", "writes a model folder with random weights, to try things out", NewModelCommand.Define),
            new CliCommand("train", "tunes prompts of a frozen model with any of the methods", TrainCommand.Define),
            new CliCommand(
                "evaluate", "computes metrics of a trained run, on its own splits or on a new file",
                EvaluateCommand.Define),
            new CliCommand("predict", "predicts labels of new rows with a trained run", PredictCommand.Define),
            new CliCommand(
                "report", "writes one self-contained page of tables and figures over runs or sweeps",
                ReportCommand.Define),
            new CliCommand("sweep", "trains many runs from one grid, here or on a Slurm cluster", SweepCommand.Define),
            new CliCommand(
                "serve", "serves all tasks of all runs over HTTP, from one frozen model", ServeCommand.Define),
            new CliCommand(
                "generate", "generates text with a frozen model and, if given, a prompt", GenerateCommand.Define),
            new Command("prompts", "lists, shows, converts and edits prompts of files and runs")
            {
                new CliCommand("list", "lists all prompts in a folder and below it", PromptsListCommand.Define),
                new CliCommand(
                    "show", "shows statistics of a prompt and its nearest vocabulary words", PromptsShowCommand.Define),
                new CliCommand("compare", "prints cosines between prompts", PromptsCompareCommand.Define),
                new CliCommand(
                    "import", "converts a prompt of another program to safetensors",
                    PromptsImportCommand.Define),
                new CliCommand(
                    "export", "writes a prompt for PEFT, as safetensors or for NumPy", PromptsExportCommand.Define),
                new CliCommand(
                    "add", "adds a source prompt to a trained run, without training", PromptsAddCommand.Define),
                new CliCommand(
                    "remove", "removes a source prompt from a trained run, without training",
                    PromptsRemoveCommand.Define),
            },
            new CliCommand(
                "pull", "downloads a model from the hub, or the data of a task, and verifies it", PullCommand.Define),
            new CliCommand(
                "pretrain", "pretrains a small T5, all weights: span corruption and tasks", PretrainCommand.Define),
            new CliCommand("tokenize", "splits text into token ids and pieces", TokenizeCommand.Define),
            new CliCommand(
                "verify", "recomputes the tensors of a golden file and prints the differences",
                VerifyCommand.Define),
            new Command("bench", "measures this machine on the work that matters")
            {
                new CliCommand("gemm", "times the matrix product with a frozen weight", BenchGemmCommand.Define),
                new CliCommand("step", "times a prompt-tuning step on a frozen T5", BenchStepCommand.Define),
                new CliCommand(
                    "kernels", "times each kernel of a step, at the sizes of T5", BenchKernelsCommand.Define),
            },
            new CliCommand(
                "doctor", "shows devices, back ends, SIMD width, threads, memory and versions", DoctorCommand.Define),
            new CliCommand(
                "completion", "prints a completion script for a shell", CompletionCommand.Define),
            new CliCommand("help", "describes one command, or lists all", HelpCommand.Define),
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

/// <summary>A command that does work.</summary>
/// <param name="name">The last word of its name.</param>
/// <param name="summary">A one-line description.</param>
/// <param name="define">Makes its definition: only for the command named, the others cost nothing at start.</param>
internal sealed class CliCommand(string name, string summary, Func<CommandDefinition> define) : Command(name, summary)
{
    private CommandDefinition? _definition;

    /// <summary>The definition; its options and arguments are known to the parser from the first call on.</summary>
    public CommandDefinition Define()
    {
        if (_definition is not null) return _definition;
        _definition = define();
        foreach (Argument argument in _definition.Arguments) Add(argument);
        foreach (Option option in _definition.Options) Add(option);
        SetAction(line => _definition.Run((CommandContext)line.InvocationConfiguration));
        return _definition;
    }
}
