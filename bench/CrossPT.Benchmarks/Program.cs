using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// ptx-audit [PTXAS]: what the PTX of every GPU kernel looks like, as the table in bench/results. ptx-text FOLDER: the
// PTX itself. roofline LENGTHS: what a step costs on paper, as the table in bench/results.
if (args is ["ptx-audit", ..] and { Length: <= 2 })
{
    CrossPT.Benchmarks.PtxAuditTable.Write(Console.Out, args.ElementAtOrDefault(1));
    return;
}
if (args is ["ptx-text", string folder])
{
    CrossPT.Benchmarks.PtxAuditTable.WriteTexts(folder);
    return;
}
if (args is ["roofline", string lengths])
{
    CrossPT.Benchmarks.Roofline.RooflineTable.Write(Console.Out, lengths);
    return;
}

// In this process: the generated project of the default toolchain would need the SDK and a restore where there may be
// none.
IConfig config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(9).WithWarmupCount(3))
    .AddLogger(ConsoleLogger.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddExporter(MarkdownExporter.GitHub)
    .WithOptions(ConfigOptions.JoinSummary);
// Those of a CUDA device only where there is one.
IEnumerable<Type> benchmarks = typeof(CrossPT.Benchmarks.OperandSet).Assembly.GetTypes()
    .Where(
        static type => type.GetMethods()
            .Any(static method => method.IsDefined(typeof(BenchmarkAttribute), inherit: false)));
if (CrossPT.Tensors.Cuda.CudaDevices.All().Count == 0)
    benchmarks = benchmarks.Where(static type => !type.Name.StartsWith("Cuda", StringComparison.Ordinal));
BenchmarkSwitcher.FromTypes([.. benchmarks]).Run(args, config);
