using System.Globalization;
using System.Text.RegularExpressions;

namespace CrossPT.Tensors.Cuda;

/// <summary>Counts of instructions and memory in a kernel's PTX.</summary>
/// <param name="Kernel">Name, with type arguments.</param>
/// <param name="LocalBytes">Local memory, which is what registers spill to: arrays and structs ILGPU did not keep in
/// registers.</param>
/// <param name="SharedBytes">Static shared memory; 48 KiB is the most.</param>
/// <param name="Mma"><c>mma.sync</c> instructions.</param>
/// <param name="LoadMatrix"><c>ldmatrix</c> instructions.</param>
/// <param name="CopyAsync"><c>cp.async</c> instructions that copy.</param>
/// <param name="WideLoads">16-byte loads from global memory.</param>
/// <param name="NarrowLoads">Narrower loads from global memory.</param>
/// <param name="WideStores">16-byte stores to global memory.</param>
/// <param name="NarrowStores">Narrower stores to global memory.</param>
/// <param name="Fma"><c>fma.rn</c> instructions.</param>
/// <param name="Lines">Instructions in all.</param>
internal sealed partial record PtxReport(
    string Kernel, int LocalBytes, int SharedBytes, int Mma, int LoadMatrix, int CopyAsync, int WideLoads,
    int NarrowLoads, int WideStores, int NarrowStores, int Fma, int Lines)
{
    /// <summary>The assembler's log; null without one.</summary>
    public JitLog? Jit { get; init; }

    /// <summary>Threads of the largest group the kernel was launched with; 0 where it was not.</summary>
    public int Threads { get; init; }

    /// <summary>Shared memory that is asked for at a launch, beside the static.</summary>
    public int DynamicSharedBytes { get; init; }

    public static PtxReport Of(string kernel, string ptx)
    {
        string entry = ptx[ptx.IndexOf(".visible .entry", StringComparison.Ordinal)..];
        return new PtxReport(
            kernel, Sum(Local(), entry), Sum(Shared(), entry), Count("mma.sync"), Count("ldmatrix"),
            Count("cp.async.c") - Count("cp.async.commit"), Count("ld.global.v4"),
            Count("ld.global.") - Count("ld.global.v4"), Count("st.global.v4"),
            Count("st.global.") - Count("st.global.v4"), Count("fma.rn"), entry.Count(static c => c == ';'));

        int Count(string text) => Regex.Count(entry, Regex.Escape(text));
    }

    /// <summary>The head of a Markdown table, with the columns of <see cref="Jit"/> if wanted.</summary>
    public static string Header(bool withJit)
    {
        string[] columns =
        [
            "kernel", "local bytes", "shared bytes", "mma", "ldmatrix", "cp.async", "16-byte loads", "other loads",
            "16-byte stores", "other stores", "fma", "lines",
        ];
        if (withJit) columns = [.. columns, "registers", "spilled bytes"];
        IEnumerable<string> rules = Enumerable.Repeat("---:|", columns.Length - 1);
        return $"| {string.Join(" | ", columns)} |\n|---|{string.Concat(rules)}";
    }

    public override string ToString()
    {
        string counts = string.Create(
            CultureInfo.InvariantCulture,
            $"| `{Kernel}` | {LocalBytes} | {SharedBytes} | {Mma} | {LoadMatrix} | {CopyAsync} | {WideLoads} | "
                + $"{NarrowLoads} | {WideStores} | {NarrowStores} | {Fma} | {Lines} |");
        return Jit is null ? counts : $"{counts} {Jit.Registers} | {Jit.SpilledBytes} |";
    }

    private static int Sum(Regex declaration, string text)
        => declaration.Matches(text)
            .Sum(static match => int.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\.local\s+\.align\s+\d+\s+\.b8\s+\w+\[(?<bytes>\d+)\]")]
    private static partial Regex Local();

    [GeneratedRegex(@"\.shared\s+\.align\s+\d+\s+\.b8\s+\w+\[(?<bytes>\d+)\]")]
    private static partial Regex Shared();
}
