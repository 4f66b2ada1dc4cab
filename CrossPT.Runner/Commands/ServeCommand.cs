using System.CommandLine;
using System.Runtime.CompilerServices;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Serving;
using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt serve</c>: answers over HTTP, all tasks of all runs from one frozen model.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(25);

    private static readonly Argument<string[]> s_runs = Options.Arguments(
        "RUN", "run folders, or PEFT adapters with the declaration of their task in task.json");
    private static readonly Option<string> s_urls = Options.Text(
        "--urls", "URL", "where to listen, several separated by ;").Default("http://127.0.0.1:8080");
    private static readonly Option<int> s_maxBatch =
        Options.Int32("--max-batch", "N", "most examples computed together", 1, 1 << 12).Default(64);
    private static readonly Option<double> s_maxDelay = Options.Double(
        "--max-delay", "MS", "longest wait of a batch for more examples", 0, 60_000).Default(5);
    private static readonly Option<string> s_keyFile = Options.Text(
        "--api-key-file", "FILE", "file with the key that requests must carry");
    private static readonly Option<bool> s_insecure = Options.Flag(
        "--insecure", "allows addresses other than loopback without a key");
    private static readonly Option<string> s_runsRoot = Options.Text(
        "--runs-root", "DIR", "folder below which PUT /v1/tasks finds runs; without it tasks are not added");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_runs],
        Options =
        [
            EvaluateCommand.ModelOption, ModelFolder.Strict, CpuWeights.Option, s_urls, s_maxBatch, s_maxDelay,
            s_keyFile, s_insecure, s_runsRoot,
        ],
        Notes = "Requests of different tasks are computed together. POST /v1/tasks/TASK/predict takes {\"rows\": "
            + "[{field: text}]}; the page at / is a playground, /openapi/v1.json describes all requests. On "
            + "SIGTERM, accepted requests are answered, then it exits with code 143. Deployment: docs/serving.md.",
        Example = "serve runs/first-1 --urls http://127.0.0.1:9000",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        ServingSettings settings = new()
        {
            Addresses = ListenAddress.ParseAll(context.Value(s_urls)),
            Key = context.Find(s_keyFile) is { } file ? ApiKey.Load(file) : null,
            RunsRoot = context.Find(s_runsRoot) is { } root ? RootOf(root) : null,
            IsJson = context.IsJson,
            IsQuiet = context.IsQuiet,
        };
        if (settings.Addresses.Count == 0) throw new UserException("--urls: found none, expected http://HOST:PORT");
        if (settings.Key is null && !context.Has(s_insecure) && !settings.Addresses.All(static one => one.IsLoopback))
        {
            throw new UserException(
                "--urls: an address other than loopback without a key, expected --api-key-file, or --insecure");
        }
        string[] runs = context.Value(s_runs);
        string folder = FindModel(context, runs);
        using IBackend backend = CpuWeights.OpenBackend(context, folder);
        using WorkBar work = new(context.Console);
        ModelIdentity identity = ModelIdentity.Of(folder, work);
        work.Dispose();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        using T5Model model = ModelFolder.Load(context, folder, backend);
        PromptServerOptions options = new()
        {
            MaxBatch = context.Value(s_maxBatch),
            MaxDelay = TimeSpan.FromMilliseconds(context.Value(s_maxDelay)),
        };
        return Serve(context, new PromptServer(model, tokenizer, identity, options), runs, settings)
            .GetAwaiter().GetResult();
    }

    // Not inlined: the help of the command loads nothing of ASP.NET Core.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> Serve(
        CommandContext context, PromptServer prompts, string[] runs, ServingSettings settings)
    {
        await using PromptServer server = prompts;
        IReadOnlyList<(string Folder, Exception? Error)> added = await server.AddRunsAsync(runs);
        foreach ((string folder, Exception? error) in added)
        {
            if (error is not null) context.Note($"{folder} is not served: {error.Message}");
        }
        if (server.Tasks.Count == 0) throw new UserException("none of the runs can be served", inner: added[0].Error);
        await using ServingHost host = await ServingHost.StartAsync(server, settings);
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = context.Interruption.Token.Register(stopped.SetResult);
        await stopped.Task;
        using CancellationTokenSource deadline = new(s_drainTime);
        await host.StopAsync(deadline.Token);
        return context.Interruption.Code;
    }

    private static string RootOf(string path)
    {
        if (!Directory.Exists(path)) throw new UserException($"--runs-root: {path}: no such folder");
        return RealPath.Of(path);
    }

    /// <summary>The model's folder: as <c>--model</c> says, else that of the first run folder.</summary>
    private static string FindModel(CommandContext context, string[] runs)
    {
        string? given = context.Find(EvaluateCommand.ModelOption);
        if (given is not null) return ModelFolder.Find(context, given);
        string? run = runs.FirstOrDefault(static one => File.Exists(Path.Combine(one, RunFolder.ConfigName)));
        if (run is null)
        {
            throw new UserException(
                $"{runs[0]}: no {RunFolder.ConfigName} in it, expected a run folder, or an adapter with --model");
        }
        string folder = ModelFolder.ForRun(context, null, run)
            ?? RunRecord.Load(Path.Combine(run, RunFolder.ConfigName)).Model.Path;
        if (Directory.Exists(folder)) return folder;
        throw new UserException($"{folder}: no such folder, expected the model of {run}; --model says where it is");
    }
}
