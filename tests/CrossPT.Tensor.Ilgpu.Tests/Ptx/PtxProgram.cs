using System.Globalization;
using System.Text.RegularExpressions;

namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <summary>What a lane does at an instruction, apart from going on to the next.</summary>
internal enum PtxStep
{
    /// <summary>Nothing others have a part in.</summary>
    Alone,

    /// <summary>Waits for its warp: <c>mma</c>, <c>ldmatrix</c>, <c>shfl</c>.</summary>
    Warp,

    /// <summary>Waits for its thread group.</summary>
    Barrier,

    /// <summary>Ends.</summary>
    Exit,
}

/// <summary>An instruction: what it does to one lane, or to the 32 of a warp.</summary>
internal sealed class PtxInstruction(string text)
{
    public string Text => text;

    public PtxStep Step { get; set; }

    /// <summary>Register that must be set, or clear; −1 for always.</summary>
    public int Predicate { get; set; } = -1;

    public bool PredicateIs { get; set; } = true;

    public Action<PtxLane>? Run { get; set; }

    public Action<PtxLane[]>? RunWarp { get; set; }

    /// <summary>What a barrier does for the lanes it lets go, beside letting them go.</summary>
    public Action<PtxLane[]>? RunGroup { get; set; }
}

/// <summary>
/// The entry of a PTX module, made ready to be run by <see cref="PtxMachine"/>: registers numbered, constants among them, labels resolved.
/// </summary>
internal sealed partial class PtxProgram
{
    private readonly Dictionary<string, int> _registers = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<string, int> _shared = [];
    private readonly Dictionary<string, int> _parameters = [];
    private readonly List<(int Register, ulong Value)> _constants = [];

    public PtxProgram(string ptx)
    {
        int entry = ptx.IndexOf(".visible .entry", StringComparison.Ordinal);
        string body = ptx[ptx.IndexOf('{', entry)..];
        foreach (Match parameter in Parameter().Matches(ptx[entry..(ptx.IndexOf('{', entry))]))
        {
            int size = parameter.Groups["size"].Success ? int.Parse(parameter.Groups["size"].Value, CultureInfo.InvariantCulture) : Width(parameter.Groups["type"].Value);
            int align = parameter.Groups["align"].Success ? int.Parse(parameter.Groups["align"].Value, CultureInfo.InvariantCulture) : size;
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
        // Dynamic shared memory follows the static.
        StaticShared = (StaticShared + 127) / 128 * 128;
        _shared["__dyn_shared_alloca"] = StaticShared;

        List<string> lines = [];
        foreach (string raw in body.Split('\n'))
        {
            string line = raw.Split("//")[0].Trim();
            if (line.Length == 0 || line is "{" or "}" || line[0] == '.') continue;
            if (line.EndsWith(':')) _labels[line[..^1]] = lines.Count;
            else lines.Add(line.TrimEnd(';').Replace('\t', ' '));
        }
        Instructions = [.. lines.Select(Decode)];
    }

    public PtxInstruction[] Instructions { get; }

    public int RegisterCount => _registers.Count;

    public int ParameterBytes { get; private set; }

    /// <summary>Bytes of static shared memory; the dynamic begins there.</summary>
    public int StaticShared { get; }

    public IReadOnlyList<(int Register, ulong Value)> Constants => _constants;

    /// <summary>The number of a register by its PTX name; special registers among them.</summary>
    public int Register(string name)
    {
        if (_registers.TryGetValue(name, out int index)) return index;
        index = _registers.Count;
        _registers.Add(name, index);
        return index;
    }

    private int Operand(string text)
    {
        text = text.Trim();
        if (text[0] == '%') return Register(text);
        ulong value = _shared.TryGetValue(text, out int offset) ? (ulong)offset
            : text.StartsWith("0f", StringComparison.Ordinal) ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : text.StartsWith("0d", StringComparison.Ordinal) ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : text[0] == '-' ? (ulong)long.Parse(text, CultureInfo.InvariantCulture)
            : ulong.Parse(text, CultureInfo.InvariantCulture);
        int register = Register("#" + text);
        if (!_constants.Contains((register, value))) _constants.Add((register, value));
        return register;
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
}
