using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>
/// The entry of a PTX module, made ready to be run by <see cref="PtxMachine"/>: registers numbered, constants among
/// them, labels resolved.
/// </summary>
internal sealed partial class PtxProgram
{
    private static readonly string[] s_special =
    [
        "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%tid.x", "%tid.y", "%tid.z",
        "%ntid.x", "%ntid.y", "%ntid.z", "%laneid",
        "%dynamic_smem_size",
    ];

    private readonly Dictionary<string, int> _narrow = [], _wide = [];
    private readonly Dictionary<string, int> _labels = [], _shared = [], _parameters = [];
    private readonly Dictionary<int, uint> _narrowConstants = [];
    private readonly Dictionary<int, ulong> _wideConstants = [];
    private readonly ConcurrentBag<PtxWarp> _warps = [];

    public PtxProgram(string ptx)
    {
        int entry = ptx.IndexOf(".visible .entry", StringComparison.Ordinal);
        string body = ptx[ptx.IndexOf('{', entry)..];
        foreach (Match parameter in Parameter().Matches(ptx[entry..(ptx.IndexOf('{', entry))]))
        {
            int size = parameter.Groups["size"].Success
                ? int.Parse(parameter.Groups["size"].Value, CultureInfo.InvariantCulture)
                : Width(parameter.Groups["type"].Value);
            int align = parameter.Groups["align"].Success
                ? int.Parse(parameter.Groups["align"].Value, CultureInfo.InvariantCulture)
                : size;
            ParameterBytes = (ParameterBytes + align - 1) / align * align;
            _parameters[parameter.Groups["name"].Value] = ParameterBytes;
            ParameterBytes += size;
        }
        foreach (Match shared in Shared().Matches(body))
        {
            int align = int.Parse(shared.Groups["align"].Value, CultureInfo.InvariantCulture);
            StaticShared = (StaticShared + align - 1) / align * align;
            _shared[shared.Groups["name"].Value] = StaticShared;
            StaticShared += int.Parse(shared.Groups["size"].Value, CultureInfo.InvariantCulture);
        }
        // Dynamic shared memory follows the static, aligned as it is declared and no better.
        if (DynamicShared().Match(ptx) is { Success: true } dynamic)
        {
            int align = int.Parse(dynamic.Groups["align"].Value, CultureInfo.InvariantCulture);
            StaticShared = (StaticShared + align - 1) / align * align;
            _shared["__dyn_shared_alloca"] = StaticShared;
        }

        List<string> lines = [];
        foreach (string raw in body.Split('\n'))
        {
            string line = raw.Split("//")[0].Trim();
            if (line.Length == 0 || line is "{" or "}" || line[0] == '.') continue;
            if (line.EndsWith(':')) _labels[line[..^1]] = lines.Count;
            else lines.Add(line.TrimEnd(';').Replace('\t', ' '));
        }
        Special = [.. s_special.Select(Register<uint>)];
        Instructions = [.. lines.Select(Decode)];
    }

    public PtxInstruction[] Instructions { get; }

    /// <summary>
    /// Registers of up to 32 bits: indices of the group and of the thread, and their counts, in the order that
    /// <see cref="PtxMachine"/> sets them.
    /// </summary>
    public int[] Special { get; }

    public int NarrowRegisters => _narrow.Count;

    public int WideRegisters => _wide.Count;

    public int ParameterBytes { get; private set; }

    /// <summary>Bytes of static shared memory; the dynamic begins there.</summary>
    public int StaticShared { get; }

    public IReadOnlyDictionary<int, uint> NarrowConstants => _narrowConstants;

    public IReadOnlyDictionary<int, ulong> WideConstants => _wideConstants;

    /// <summary>A warp for this program, whose registers hold what they held.</summary>
    public PtxWarp RentWarp() => _warps.TryTake(out PtxWarp? warp) ? warp : new PtxWarp(this);

    public void ReturnWarp(PtxWarp warp) => _warps.Add(warp);

    /// <summary>
    /// The number of the register for an operand of type <typeparamref name="T"/>: one by its PTX name, or one for a
    /// constant.
    /// </summary>
    private int Register<T>(string operand)
        where T : unmanaged
    {
        operand = operand.Trim();
        bool isWide = Unsafe.SizeOf<T>() == 8;
        if (operand[0] == '%'
            && isWide != (operand.StartsWith("%rd", StringComparison.Ordinal)
                || operand.StartsWith("%fd", StringComparison.Ordinal)))
            throw new NotSupportedException($"PTX: {operand} where {8 * Unsafe.SizeOf<T>()} bits are expected.");
        Dictionary<string, int> registers = isWide ? _wide : _narrow;
        if (registers.TryGetValue(operand, out int index)) return index;
        index = registers.Count;
        registers.Add(operand, index);
        if (operand[0] == '%') return index;
        ulong value = _shared.TryGetValue(operand, out int offset) ? (ulong)offset
            : operand.StartsWith("0f", StringComparison.Ordinal) || operand.StartsWith("0d", StringComparison.Ordinal)
                ? ulong.Parse(operand.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : operand[0] == '-' ? (ulong)long.Parse(operand, CultureInfo.InvariantCulture)
            : ulong.Parse(operand, CultureInfo.InvariantCulture);
        if (isWide) _wideConstants.Add(index, value);
        else _narrowConstants.Add(index, (uint)value);
        return index;
    }

    private static int Width(string type) => type switch
    {
        "b8" or "u8" or "s8" => 1,
        "b16" or "u16" or "s16" or "f16" => 2,
        "b32" or "u32" or "s32" or "f32" => 4,
        "b64" or "u64" or "s64" or "f64" => 8,
        _ => throw new NotSupportedException($"PTX type {type}."),
    };

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<align>\d+)\s+)?\.(?<type>\w+)\s+(?<name>\w+)(\[(?<size>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.shared\s+\.align\s+(?<align>\d+)\s+\.b8\s+(?<name>\w+)\[(?<size>\d+)\]")]
    private static partial Regex Shared();

    [GeneratedRegex(@"\.extern\s+\.shared\s+\.align\s+(?<align>\d+)\s+\.b8\s+__dyn_shared_alloca\[\]")]
    private static partial Regex DynamicShared();
}
