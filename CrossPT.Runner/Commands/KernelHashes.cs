using CrossPT.Runner.Cli;
using CrossPT.Tensors.Cuda;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>doctor --kernels</c>: compiles every CUDA kernel to PTX, with no card, and tells the PTX of builds apart by
/// hashes.
/// </summary>
internal static class KernelHashes
{
    /// <summary>ILGPU compiles for none newer: later cards run what is compiled for the last.</summary>
    public static string[] Targets { get; } = ["sm_70", "sm_75", "sm_80"];

    public static int Run(CommandContext context, string target)
    {
        CudaArchitecture architecture = target switch
        {
            "sm_70" => CudaArchitecture.SM_70,
            "sm_75" => CudaArchitecture.SM_75,
            _ => CudaArchitecture.SM_80,
        };
        KernelMethod[] kernels = [.. PtxAudit.Kernels(tensorCores: architecture >= CudaArchitecture.SM_80)];
        string[] hashes = new string[kernels.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = context.Threads };
        Parallel.For(
            0, kernels.Length, parallel,
            i => hashes[i] = PtxCompiler.Hash(PtxCompiler.Compile(kernels[i], architecture)));
        if (!context.IsJson)
        {
            for (int i = 0; i < kernels.Length; i++) context.Text.WriteLine($"{hashes[i]}  {kernels[i].Name}");
            return ExitCode.Done;
        }
        context.WriteJson(json =>
        {
            json.WriteString("target", target);
            json.WriteStartArray("kernels");
            for (int i = 0; i < kernels.Length; i++)
            {
                json.WriteStartObject();
                json.WriteString("name", kernels[i].Name);
                json.WriteString("sha256", hashes[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
