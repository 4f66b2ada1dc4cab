using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// What an assembler, the driver's or the toolkit's, makes of a kernel, from the log it writes when asked to be
/// verbose.
/// </summary>
/// <param name="Registers">Registers of a thread; null where the log has no word of them.</param>
/// <param name="SpilledBytes">Bytes of registers a thread puts aside in local memory.</param>
internal sealed partial record JitLog(int? Registers, int? SpilledBytes)
{
    // CUjit_option of the driver's header.
    private const int InfoLog = 3, InfoLogBytes = 4, ErrorLog = 5, ErrorLogBytes = 6, Verbose = 12;
    private const int BufferBytes = 1 << 14;

    private const int MostLogged = 400;

    /// <summary>Compiles on the current device; <paramref name="name"/> says which that is, and which kernel.</summary>
    /// <exception cref="DeviceException">The driver refuses the PTX; the message has its log.</exception>
    public static unsafe JitLog Of(string ptx, string name)
    {
        byte[] info = new byte[BufferBytes], error = new byte[BufferBytes];
        fixed (byte* infoLog = info, errorLog = error)
        {
            int* options = stackalloc int[] { InfoLog, InfoLogBytes, ErrorLog, ErrorLogBytes, Verbose };
            nint* values = stackalloc nint[] { (nint)infoLog, BufferBytes, (nint)errorLog, BufferBytes, 1 };
            CudaError result = CudaAPI.CurrentAPI.LoadModule(out nint module, ptx, 5, (nint)options, (nint)values);
            if (result != CudaError.CUDA_SUCCESS)
            {
                throw new DeviceException($"{name} does not load, {result}: {Abridge(Text(error))}", isFault: true);
            }
            _ = CudaAPI.CurrentAPI.DestroyModule(module);
        }
        return Parse(Text(info));
    }

    /// <summary>Reads the log of one kernel.</summary>
    public static JitLog Parse(string log) => new(Number(RegisterCount(), log), Number(SpillBytes(), log));

    /// <summary>A log in one line of an error; what matters comes first in it.</summary>
    public static string Abridge(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string line = string.Join("; ", lines);
        if (line.Length == 0) return "the driver says no more";
        return line.Length <= MostLogged ? line : $"{line[..MostLogged]} ...";
    }

    private static string Text(byte[] buffer) => Encoding.ASCII.GetString(buffer).TrimEnd('\0', '\n');

    private static int? Number(Regex pattern, string log)
        => pattern.Match(log) is { Success: true } match
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegisterCount();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillBytes();
}
