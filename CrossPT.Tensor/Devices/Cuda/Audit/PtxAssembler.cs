using System.ComponentModel;
using System.Diagnostics;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// The CUDA toolkit's <c>ptxas</c>: it makes of PTX what a driver would on a card, and needs none. It is no part of the
/// product, which asks the driver.
/// </summary>
/// <param name="path">The program; its name alone where it is on the PATH.</param>
/// <param name="architecture">The compute capability to assemble for: <c>sm_90</c>.</param>
internal sealed class PtxAssembler(string path, string architecture)
{
    /// <summary>Assembles a kernel and drops the result.</summary>
    /// <exception cref="DeviceException">There is no such program, or it refuses the PTX; the message is its
    /// own.</exception>
    public JitLog Assemble(string ptx)
    {
        string folder = Directory.CreateTempSubdirectory("crosspt-ptx-").FullName;
        try
        {
            string source = Path.Combine(folder, "kernel.ptx");
            File.WriteAllText(source, ptx);
            (int exit, string log) = Run(
                "-v", $"-arch={architecture}", source, "-o", Path.Combine(folder, "kernel.cubin"));
            return exit == 0 ? JitLog.Parse(log) : throw new DeviceException($"{path}: {log.Trim()}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The assembler's release, as it calls it: <c>V12.4.131</c>.</summary>
    /// <exception cref="DeviceException">There is no such program.</exception>
    public string Version() =>
        Run("--version").Log.Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(static word => word is ['V', >= '0' and <= '9', ..]) ?? "?";

    private (int Exit, string Log) Run(params string[] arguments)
    {
        ProcessStartInfo start = new(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string log = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
            process.WaitForExit();
            return (process.ExitCode, log);
        }
        catch (Win32Exception error)
        {
            throw new DeviceException($"{path}: cannot be started: {error.Message}", inner: error);
        }
    }
}
