using System.CommandLine;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Commands;
using CrossPT.Runner.Hub;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Devices;

/// <summary><c>--weights</c>: what the CPU keeps a frozen model's matrices as where nothing is trained.</summary>
internal static class CpuWeights
{
    public static Option<string> Option { get; } = Options.Choice(
        "--weights",
        "what the CPU keeps the model's matrices as: bf16 halves their memory; auto takes 16 bits where the checkpoint "
        + "has them",
        "auto", "fp32", "bf16").Default("auto");

    /// <summary>Opens the device asked for, for the model in a folder.</summary>
    public static IBackend OpenBackend(CommandContext context, string model) =>
        OpenBackend(context, () => T5Model.StoredType(model));

    /// <summary>Opens the device asked for, for the model of the run that <c>--run</c> names.</summary>
    public static IBackend OpenBackendOfRun(CommandContext context) => OpenBackend(context, () =>
    {
        string run = context.Value(EvaluateCommand.RunFolderOption);
        RunRecord record = RunRecord.Load(Path.Combine(run, RunFolder.ConfigName));
        return T5Model.StoredType(record.Configuration.TrainsModel
            ? Path.Combine(run, RunFolder.ModelName)
            : ModelFolder.ForRun(context, context.Find(EvaluateCommand.ModelOption), run) ?? record.Model.Path);
    });

    private static IBackend OpenBackend(CommandContext context, Func<DType> stored)
    {
        string choice = context.Value(Option);
        if (!context.IsCpu)
        {
            return choice == "bf16"
                ? throw new UserException("--weights: found 'bf16' on CUDA, expected --precision bf16")
                : context.OpenBackend();
        }

        return context.OpenCpu(choice switch { "fp32" => DType.Float32, "bf16" => DType.BFloat16, _ => stored() });
    }
}
