using System.CommandLine;
using System.CommandLine.Help;

namespace CrossPT.Runner.Cli;

/// <summary>The options every command has.</summary>
internal static class GlobalOptions
{
    public static Option<string> Device { get; } =
        Options.Text("--device", "auto|cpu|cuda[:n]", "where to compute").Default("auto").Offers("auto", "cpu", "cuda");

    public static Option<string> Precision { get; } = Options.Choice(
        "--precision",
        "precision of matrix products with frozen weights; bf16 and fp32-split, float32 operands as sums of two bf16, "
            + "need CUDA, compute capability 8.0",
        // Spelled here, for help loads none of the libraries.
        "fp32", "bf16", "fp32-split").Default("fp32");

    public static Option<int> Threads { get; } = Options.Int32("--threads", "N", "threads on the CPU", 1, 1024)
        .Otherwise("the processors this process may use");

    public static Option<bool> Json { get; } =
        Options.Flag("--json", "JSON on standard output, and nothing else there");

    public static Option<bool> Quiet { get; } = Options.Flag("--quiet", "hides progress");

    public static Option[] All { get; } =
    [
        Device, Precision, Threads, Json, Quiet,
        new HelpOption("--help", "-h") { Description = "this help", Action = new HelpPage() },
        VersionOption(),
    ];

    private static VersionOption VersionOption()
    {
        VersionOption version = new("--version")
        {
            Description = "version and the back ends built in",
            Action = new VersionWriter(),
        };
        // The package's own validator refuses --version beside any other option, --json among them.
        version.Validators.Clear();
        return version;
    }
}
