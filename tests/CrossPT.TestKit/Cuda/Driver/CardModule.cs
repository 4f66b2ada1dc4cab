using System.Globalization;
using System.Text.RegularExpressions;
using CrossPT.TestKit.Cuda.Ptx;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>A module: PTX of one entry, which the driver's own compiler would take on this card.</summary>
internal sealed partial class CardModule
{
    // What came with compute capability 8.0.
    private static readonly string[] s_ampere = ["cp.async", "mma.sync.aligned.m16n8k16", "bf16x2"];

    /// <exception cref="CardException">It would not; the message is for the log.</exception>
    public CardModule(string ptx, CardSettings settings)
    {
        Match version = Version().Match(ptx), target = Target().Match(ptx), entry = Entry().Match(ptx);
        if (!version.Success || !target.Success || !entry.Success)
            throw Invalid("no .version, no .target or no .entry");
        int isa = Number(version, 1) * 10 + Number(version, 2);
        int architecture = Number(target, 1);
        int newest = NewestIsa(settings.DriverVersion);
        if (isa > newest)
            throw new CardException(
                (CudaError)222,
                $"ptxas fatal: Unsupported .version {isa / 10}.{isa % 10}; current version is "
                    + $"{newest / 10}.{newest % 10}");
        if (architecture > settings.Capability)
            throw new CardException(
                CudaError.CUDA_ERROR_NO_BINARY_FOR_GPU, $"sm_{architecture} on a card of {settings.Capability}");
        if (architecture < 80 && s_ampere.FirstOrDefault(ptx.Contains) is { } instruction)
            throw Invalid($"'{instruction}' requires .target sm_80 or higher");
        Name = entry.Groups[1].Value;
        if (settings.Unloadable is { Length: > 0 } part && Name.Contains(part, StringComparison.Ordinal))
            throw Invalid("as was asked for");
        MostThreads = MaxThreads().Match(ptx) is { Success: true } limit
            ? Number(limit, 1) * Number(limit, 2) * Number(limit, 3)
            : CardLaunch.MostThreads;
        if (settings.IsIdle) return;
        try
        {
            Program = new PtxProgram(ptx);
        }
        catch (Exception error) when (error
            is NotSupportedException or FormatException or ArgumentException or KeyNotFoundException)
        {
            throw Invalid(error.Message);
        }
    }

    /// <summary>Of the entry.</summary>
    public string Name { get; }

    /// <summary>Threads of a group its kernel was compiled for.</summary>
    public int MostThreads { get; }

    /// <summary>Null on an idle card.</summary>
    public PtxProgram? Program { get; }

    /// <summary>
    /// What the compiler would say of it when asked to be verbose, with registers as the PTX has them.
    /// </summary>
    public string Log => string.Create(CultureInfo.InvariantCulture,
        $"""
        ptxas info    : Compiling entry function '{Name}'
        ptxas info    : Function properties for {Name}
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used {Registers} registers

        """);

    private int Registers =>
        Program is null ? 16 : Math.Min(255, Program.NarrowRegisters + (2 * Program.WideRegisters));

    /// <summary>The PTX a driver knows (PTX manual, "Release notes").</summary>
    private static int NewestIsa(int driver) => (driver / 1000, driver % 1000 / 10) switch
    {
        ( >= 13, _) => 90,
        (12, >= 6 and int minor) => 79 + minor,
        (12, int minor) => 80 + minor,
        (11, int minor) => 70 + minor,
        (10, int minor) => 63 + minor,
        (9, int minor) => 60 + minor,
        _ => 50,
    };

    private static int Number(Match match, int group) =>
        int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static CardException Invalid(string why) => new(CudaError.CUDA_ERROR_INVALID_PTX, $"ptxas fatal: {why}");

    [GeneratedRegex(@"^\.version (\d+)\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex Version();

    [GeneratedRegex(@"^\.target sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex(@"^\.visible \.entry (\w+)", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\.maxntid (\d+), (\d+), (\d+)", RegexOptions.Multiline)]
    private static partial Regex MaxThreads();
}
