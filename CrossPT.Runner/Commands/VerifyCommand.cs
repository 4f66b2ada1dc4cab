using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Verify;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt verify</c>: whether this machine computes what the reference implementation computes.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string> s_golden =
        Options.Text("--golden", "FILE", "safetensors file with inputs and results of the reference").Required();
    private static readonly Option<double> s_tolerance = Options.Double(
        "--tolerance", "X", "largest difference allowed, over the largest golden value", 0, 1e30)
        .Otherwise("2e-5, on CUDA 5e-5, with fp32-split 5e-4, with bf16 by tensor");

    public static CommandDefinition Define() => new()
    {
        Options = [ModelFolder.Option, ModelFolder.Strict, s_golden, s_tolerance],
        Notes = "Prints, for each tensor of the file, the largest absolute difference, that over the largest golden "
            + "value, the relative L2 difference, and beside them how far the reference's own float32 lies from its "
            + "float64. Greedy ids must be equal. Exit code 1 when a tensor fails or was not computed. With "
            + "--precision bf16 and no tolerance given, the relative L2 difference may be 3e-2 of states and logits, "
            + "0.15 of gradients, 5e-3 of the loss, and greedy ids may part where our two best logits are nearer than "
            + "6e-2 of the largest.",
        Example = "verify --model t5-small --golden golden.safetensors",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        GoldenTolerance tolerance = context.Find(s_tolerance) is { } given ? new(given)
            : context.Precision == MatrixPrecision.BFloat16 ? GoldenTolerance.BFloat16
            : context.Precision == MatrixPrecision.SplitFloat32 ? new(5e-4)
            : new(context.IsCpu ? 2e-5 : 5e-5);
        string folder = ModelFolder.Find(context, context.Value(ModelFolder.Option));
        using ITensorSource file = TensorFiles.Open(context.Value(s_golden));
        using IBackend backend = context.OpenBackend();
        using T5Model model = ModelFolder.Load(context, folder, backend);
        List<GoldenResult> results = new GoldenFile(file, model, tolerance).Compare();
        bool passed = results.TrueForAll(result => result.Passed);
        if (context.IsJson) context.WriteJson(json => WriteJson(json, results, passed));
        else WriteTable(context.Text, results, tolerance, passed);
        return passed ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteJson(Utf8JsonWriter json, List<GoldenResult> results, bool passed)
    {
        json.WriteBoolean("passed", passed);
        json.WriteStartArray("tensors");
        foreach (GoldenResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("name", result.Name);
            WriteNumber(json, "max_abs", result.Difference?.MaxAbsolute);
            WriteNumber(json, "max_rel_to_largest", result.Difference?.MaxRelative);
            WriteNumber(json, "rel_l2", result.Difference?.RelativeL2);
            json.WriteBoolean("passed", result.Passed);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        // JSON has no infinity.
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static void WriteTable(TextWriter text, List<GoldenResult> results, GoldenTolerance tolerance, bool passed)
    {
        int width = results.Max(result => result.Name.Length);
        text.WriteLine($"{"tensor".PadRight(width)}   max abs   max rel    rel L2   reference f32: max rel    rel L2");
        foreach (GoldenResult result in results)
        {
            text.Write(result.Name.PadRight(width));
            text.Write(
                result.Difference is { } difference
                    ? $"  {Show(difference.MaxAbsolute)}  {Show(difference.MaxRelative)}  {Show(difference.RelativeL2)}"
                    : "  not computed here            ");
            text.Write(
                result.Reference is { } reference
                    ? $"                 {Show(reference.MaxRelative)}  {Show(reference.RelativeL2)}"
                    : "                                    ");
            text.WriteLine(result.Passed ? "  ok" : "  FAILED");
        }
        int failed = results.Count(result => !result.Passed);
        text.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(passed ? "passed" : "FAILED")}: {results.Count - failed} of {results.Count} tensors within "
                    + $"{tolerance}"));
    }

    private static string Show(double value) => value.ToString("0.0e+00", CultureInfo.InvariantCulture).PadLeft(8);
}
