using System.Globalization;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// Which of the orders that a device is free to choose from it chooses. A context's first stream counts as that of
/// kernels, all others as those of copies.
/// </summary>
public enum CardOrder
{
    /// <summary>Work is done when somebody waits for it, and nothing else is done then.</summary>
    Late,

    /// <summary>
    /// Copies are done as soon as what they must follow has been, kernels when somebody waits for them.
    /// </summary>
    CopiesFirst,

    /// <summary>
    /// Kernels are run as soon as what they must follow has been, copies done when somebody waits for them.
    /// </summary>
    KernelsFirst,
}

/// <summary>An emulated card: what it is, and what is to go wrong with it.</summary>
internal sealed record CardSettings
{
    /// <summary>
    /// The environment variable that asks for a card: <c>emulated</c>, or <c>idle</c> for one that counts and computes
    /// nothing.
    /// </summary>
    public const string Variable = "CROSSPT_CARD";

    public bool IsIdle { get; init; }

    /// <summary>CROSSPT_CARD_DEVICES: cards of this kind.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>CROSSPT_CARD_CAPABILITY: compute capability, as 90.</summary>
    public int Capability { get; init; } = 90;

    /// <summary>CROSSPT_CARD_DRIVER: CUDA version of the driver, as 12040.</summary>
    public int DriverVersion { get; init; } = 12040;

    /// <summary>CROSSPT_CARD_MEMORY: MiB of device memory.</summary>
    public int Memory { get; init; } = 1024;

    /// <summary>CROSSPT_CARD_INIT: what the driver answers to being woken.</summary>
    public int Init { get; init; }

    /// <summary>CROSSPT_CARD_ORDER.</summary>
    public CardOrder Order { get; init; }

    /// <summary>CROSSPT_CARD_REFUSED: number of the launch that is refused, from 1; 0 for none.</summary>
    public int RefusedLaunch { get; init; }

    /// <summary>CROSSPT_CARD_FAULT: number of the launch whose kernel reads where nothing is.</summary>
    public int FaultyLaunch { get; init; }

    /// <summary>
    /// CROSSPT_CARD_UNLOADABLE: part of the entries' names whose modules the driver's compiler refuses.
    /// </summary>
    public string? Unloadable { get; init; }

    /// <summary>
    /// CROSSPT_CARD_FULL: how many loads of modules are refused for want of memory before one is not.
    /// </summary>
    public int FullLoads { get; init; }

    /// <summary>CROSSPT_CARD_LOG: a file that gets a line a call.</summary>
    public string? Log { get; init; }

    /// <summary>What the environment asks for; null where it asks for nothing.</summary>
    public static CardSettings? Read(Func<string, string?> variable)
    {
        string? kind = variable(Variable);
        if (string.IsNullOrEmpty(kind)) return null;
        if (kind is not ("emulated" or "idle"))
            throw new ArgumentException($"{Variable}: found '{kind}', expected emulated or idle");
        CardSettings standard = new();
        int Number(string name, int otherwise) =>
            variable($"{Variable}_{name}") is { Length: > 0 } text
                ? int.Parse(text, CultureInfo.InvariantCulture)
                : otherwise;
        return new CardSettings
        {
            IsIdle = kind == "idle",
            Devices = Number("DEVICES", standard.Devices),
            Capability = Number("CAPABILITY", standard.Capability),
            DriverVersion = Number("DRIVER", standard.DriverVersion),
            Memory = Number("MEMORY", standard.Memory),
            Init = Number("INIT", 0),
            Order = variable($"{Variable}_ORDER") is { Length: > 0 } order
                ? Enum.Parse<CardOrder>(order, ignoreCase: true)
                : CardOrder.Late,
            RefusedLaunch = Number("REFUSED", 0),
            FaultyLaunch = Number("FAULT", 0),
            Unloadable = variable($"{Variable}_UNLOADABLE"),
            FullLoads = Number("FULL", 0),
            Log = variable($"{Variable}_LOG"),
        };
    }
}
