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

    private static readonly Lazy<RootCommand> s_root = new(Create);

    public static RootCommand Root => s_root.Value;

    /// <summary>The line as the package reads it, or an error in one sentence.</summary>
    public static ParseResult Parse(params IReadOnlyList<string> words)
    {
        ParseResult line = Root.Parse(words, s_plainWords);
        if (line.Action is not SuggestAction) UsageErrors.Check(words, line);
        return line;
    }

    private static RootCommand Create()
    {
        RootCommand root = new("multi-task prompt tuning of a frozen T5, in managed code")
        {
            DemoCommand.Create(),
            VerifyCommand.Create(),
            TokenizeCommand.Create(),
            GenerateCommand.Create(),
            NewCommand.Create(),
            TrainCommand.Create(),
            SweepCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            ReportCommand.Create(),
            new Command("prompts", "list, show, compare, import, export, add and remove prompts")
            {
                PromptsListCommand.Create(),
                PromptsShowCommand.Create(),
                PromptsCompareCommand.Create(),
                PromptsImportCommand.Create(),
                PromptsExportCommand.Create(),
                PromptsAddCommand.Create(),
                PromptsRemoveCommand.Create(),
            },
            PretrainCommand.Create(),
            new Command("bench", "speed of gemm, step and kernels: of a product, a whole step, and each kernel of a step")
            {
                BenchGemmCommand.Create(),
                BenchStepCommand.Create(),
                BenchKernelsCommand.Create(),
            },
            PullCommand.Create(),
            DoctorCommand.Create(),
            CompletionCommand.Create(),
            HelpCommand.Create(),
        };
        root.HelpName = "crosspt";
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
