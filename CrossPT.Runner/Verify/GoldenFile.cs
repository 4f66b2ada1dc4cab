using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Runner.Verify;

/// <summary>The outcome for one tensor of a golden file.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Difference">Of our values; null when they were not computed.</param>
/// <param name="Reference">Of the reference's own float32 values, where the file has them.</param>
/// <param name="Passed">Whether ours are near enough.</param>
internal sealed record GoldenResult(string Name, Difference? Difference, Difference? Reference, bool Passed);

/// <summary>
/// A golden file: inputs, and results of the reference to compare with. The command-line page of the documentation has
/// its format.
/// </summary>
internal sealed class GoldenFile(ITensorSource file, T5Model model, GoldenTolerance tolerance)
{
    private static readonly string[] s_inputs =
    [
        "input_ids", "attention_mask", "decoder_input_ids", "labels", "soft_prompt",
    ];

    /// <summary>Recomputes everything in the file, case by case.</summary>
    public List<GoldenResult> Compare()
    {
        GoldenInputs inputs = new(file, model.Config);
        List<GoldenResult> results = [];
        foreach (string caseName in (string[])["plain", "prompt"])
        {
            TensorEntry[] entries =
            [
                .. file.Entries.Where(entry => entry.Name.StartsWith(caseName + ".", StringComparison.Ordinal)),
            ];
            if (entries.Length == 0) continue;
            if (caseName == "prompt" && inputs.Prompt is null)
                throw new UserException(
                    $"{file.Path}: no tensor soft_prompt, expected one since there is {entries[0].Name}");
            using TensorScope scope = new();
            GoldenCase computed = new(model, inputs, prompt: caseName == "prompt");
            foreach (TensorEntry entry in entries)
            {
                if (Compare(entry, caseName, computed, inputs) is { } result) results.Add(result);
            }
        }
        foreach (TensorEntry entry in file.Entries)
        {
            bool known = s_inputs.Contains(entry.Name) || entry.Name.StartsWith("plain.", StringComparison.Ordinal)
                || entry.Name.StartsWith("prompt.", StringComparison.Ordinal);
            if (!known) results.Add(new GoldenResult(entry.Name, null, null, Passed: false));
        }
        if (results.Count == 0)
            throw new UserException($"{file.Path}: holds no results, expected tensors called plain.… or prompt.…");
        return results;
    }

    private GoldenResult? Compare(TensorEntry entry, string caseName, GoldenCase computed, GoldenInputs inputs)
    {
        string[] parts = entry.Name.Split('.');
        if (parts.Length == 2 && parts[1] is "greedy_ids" or "greedy_ids_eos")
            return CompareIds(entry, computed, inputs, stopAtEnd: parts[1] == "greedy_ids_eos");
        float[]? values = parts.Length == 3 && parts[1] is "f64" or "f32" ? computed.Find(parts[2]) : null;
        if (values is null) return new GoldenResult(entry.Name, null, null, Passed: false);
        string exactName = $"{caseName}.f64.{parts[2]}", singleName = $"{caseName}.f32.{parts[2]}";
        // The reference's float32 stands beside the float64 results, and is compared with only where there are none.
        if (parts[1] == "f32" && file.TryGet(exactName, out _)) return null;
        float[] golden = Read(entry, parts[2], computed, inputs, values.Length);
        Difference difference = Difference.Of(values, golden);
        Difference? reference = parts[1] == "f64" && file.TryGet(singleName, out TensorEntry? single)
            ? Difference.Of(Read(single, parts[2], computed, inputs, values.Length), golden)
            : null;
        return new GoldenResult(entry.Name, difference, reference, tolerance.Allows(parts[2], difference));
    }

    private GoldenResult CompareIds(TensorEntry entry, GoldenCase computed, GoldenInputs inputs, bool stopAtEnd)
    {
        if (entry.Shape.Rank != 2 || entry.Shape[0] != inputs.BatchSize || entry.Shape[1] < 1)
            throw new UserException($"{file.Path}: {entry.Name} is {entry.Shape}, expected [{inputs.BatchSize}, N]");
        int[] golden = file.ReadInt32(entry.Name), ids = computed.Generate(entry.Shape[1], stopAtEnd);
        Difference difference = Difference.Of(
            Array.ConvertAll(ids, static id => (float)id), Array.ConvertAll(golden, static id => (float)id));
        return new GoldenResult(
            entry.Name, difference, null,
            ids.AsSpan().SequenceEqual(golden)
                || (tolerance.AllowsTies && PartAtTies(ids, golden, entry.Shape[1], computed)));
    }

    /// <summary>
    /// Whether each row that differs does so from a step on at which our two best logits were nearly equal.
    /// </summary>
    private static bool PartAtTies(int[] ids, int[] golden, int width, GoldenCase computed)
    {
        for (int b = 0; b < ids.Length / width; b++)
        {
            int step = ids.AsSpan(b * width, width).CommonPrefixLength(golden.AsSpan(b * width, width));
            if (step < width && (step == 0 || computed.LeadOfBest(ids, width, b, step) >= GoldenTolerance.Tie))
                return false;
        }
        return true;
    }

    /// <summary>The golden values, those at padded positions left out.</summary>
    private float[] Read(TensorEntry entry, string tensor, GoldenCase computed, GoldenInputs inputs, int length)
    {
        int width = model.Config.ModelWidth, positions = computed.PromptLength + inputs.SourceWidth;
        if (!GoldenCase.IsBySourceRow(tensor))
        {
            if (entry.Shape.Length != length
                || (entry.Shape.Rank > 0 && tensor == "logits" && entry.Shape[-1] != model.Config.VocabularySize))
                throw new UserException($"{file.Path}: {entry.Name} is {entry.Shape}, expected {length} values");
            return file.ReadSingles(entry.Name);
        }
        Shape expected = new(inputs.BatchSize, positions, width);
        if (entry.Shape != expected)
            throw new UserException($"{file.Path}: {entry.Name} is {entry.Shape}, expected {expected}");
        float[] all = file.ReadSingles(entry.Name), kept = new float[length];
        for (int b = 0; b < inputs.BatchSize; b++)
        {
            int count = computed.Sources.LengthOf(b) * width;
            // A file with a prompt pads only after the text, so the prompt and the text are one stretch.
            all.AsSpan(((b * positions) + inputs.Starts[b]) * width, count)
                .CopyTo(kept.AsSpan(computed.Sources[b] * width));
        }
        return kept;
    }
}

/// <summary>How near to the reference a result must be.</summary>
/// <param name="MaxRelative">Largest absolute difference over the largest golden value.</param>
internal readonly record struct GoldenTolerance(double MaxRelative)
{
    /// <summary>Two logits nearer than this share of the largest may change places in bf16.</summary>
    public const double Tie = 6e-2;

    /// <summary>
    /// Of operands rounded to bf16, seven bits of fraction: the relative L2 difference, by kind of tensor, for single
    /// elements may be far off.
    /// </summary>
    public static GoldenTolerance BFloat16 { get; } = new(double.NaN);

    /// <summary>Whether greedy ids may part from the reference's where two logits are nearly equal.</summary>
    public bool AllowsTies => double.IsNaN(MaxRelative);

    /// <summary>Whether a tensor of this name may lie so far off.</summary>
    public bool Allows(string tensor, Difference difference)
    {
        if (!AllowsTies) return difference.MaxRelative <= MaxRelative;
        double most = tensor == "loss" ? 5e-3 : tensor.StartsWith("grad_", StringComparison.Ordinal) ? 0.15 : 3e-2;
        return difference.RelativeL2 <= most;
    }

    public override string ToString() =>
        AllowsTies ? "what bf16 allows" : MaxRelative.ToString("0.##e+0", CultureInfo.InvariantCulture);
}
