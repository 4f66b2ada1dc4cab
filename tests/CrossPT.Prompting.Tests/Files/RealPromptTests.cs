using System.Globalization;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Files;

/// <summary>
/// Prompts that other projects trained: ATTEMPT's for t5-base, and those of Prompt-Transferability for t5-base and
/// t5-small.
/// </summary>
public sealed class RealPromptTests
{
    // Mean, standard deviation, least, largest, row norms (least, mean, largest), first digits of the hash, as measured
    // by another program.
    private static readonly Dictionary<string, string> s_measured = new()
    {
        ["mnli"] = ".152 13.76 -81.5 67.9 258.5 376.0 573.2 25530deaeee88237",
        ["qnli"] = ".076 17.40 -101.9 113.6 345.3 476.0 758.0 8aad1db564092196",
        ["qqp"] = ".033 26.50 -137.7 143.3 560.0 727.3 1010.6 5639f0086d7e3b65",
        ["record"] = "-.093 19.63 -95.8 95.7 421.4 541.2 686.9 1a9ec5dc8b772151",
        ["squad"] = "-.112 8.96 -63.4 75.4 110.8 238.9 532.7 048c8507b5fb97a2",
        ["sst2"] = "-.102 32.00 -166.5 180.1 741.8 882.7 1316.1 ef60a15331e4568e",
    };

    [Fact]
    public void Statistics_AreTheMeasuredOnes()
    {
        foreach ((string name, string line) in s_measured)
        {
            SavedPrompt prompt = Attempt(name);
            string[] words = line.Split(' ');
            double[] expected = Array.ConvertAll(
                words[..7], static word => double.Parse(word, CultureInfo.InvariantCulture));
            PromptStatistics found = PromptStatistics.Of(prompt.Rows, prompt.Width);
            double[] values =
            [
                found.Mean, found.Deviation, found.Least, found.Largest, found.RowNorms.Least, found.RowNorms.Mean,
                found.RowNorms.Largest,
            ];
            // As many decimals as were written down.
            double[] halfDigit = [.0005, .005, .05, .05, .05, .05, .05];
            for (int i = 0; i < values.Length; i++)
                Assert.True(
                    Math.Abs(values[i] - expected[i]) <= halfDigit[i] + 1e-9,
                    $"{name}, figure {i}: {values[i]}, expected {expected[i]}");
            Assert.Equal(words[7], prompt.Sha256[..16]);
            Assert.Equal((100, 768, DType.Float32), (prompt.Length, prompt.Width, prompt.StoredType));
        }
    }

    [Fact]
    public void Cosines_AreTheMeasuredOnes()
    {
        Dictionary<string, SavedPrompt> prompts = s_measured.Keys.ToDictionary(static name => name, Attempt);
        Dictionary<string, double> flat = new()
        {
            ["mnli qnli"] = .788,
            ["mnli qqp"] = .514,
            ["qnli qqp"] = .449,
            ["record squad"] = .488,
        };
        Dictionary<string, double> pooled = new()
        {
            ["mnli qnli"] = .891,
            ["qnli qqp"] = .650,
            ["mnli qqp"] = .614,
            ["record squad"] = .714,
        };
        foreach ((string left, SavedPrompt a) in prompts)
        {
            foreach ((string right, SavedPrompt b) in prompts.Where(pair => string.CompareOrdinal(left, pair.Key) < 0))
            {
                double whole = PromptSimilarity.Cosine(
                    PromptSimilarity.Flatten(a.Rows), PromptSimilarity.Flatten(b.Rows));
                if (flat.TryGetValue($"{left} {right}", out double cosine)) Assert.Equal(cosine, whole, .0005);
                else Assert.InRange(whole, -.0545, .0545);
                double mean = PromptSimilarity.Cosine(
                    PromptSimilarity.MeanPool(a.Rows, 768), PromptSimilarity.MeanPool(b.Rows, 768));
                if (pooled.TryGetValue($"{left} {right}", out cosine)) Assert.Equal(cosine, mean, .0005);
                else if (right == "sst2" && left is "mnli" or "qnli" or "qqp") Assert.InRange(mean, .515, .565);
            }
        }
    }

    [Fact]
    public void EveryPrompt_GoesToPeftAndBack_ToTheSameBits()
    {
        using TempFolder folder = new();
        string[] files = Directory.GetFiles(SharedFolder.Path("prompts"), "*.pt", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            SavedPrompt prompt = PromptFile.Load(path);
            using (ITensorSource raw = TensorFiles.Open(path))
                Assert.Equal(raw.ReadSingles("tensor"), prompt.Rows.ToArray());
            Assert.Equal(
                (100, path.Contains("t5-small", StringComparison.Ordinal) ? 512 : 768), (prompt.Length, prompt.Width));
            string imported = folder.PathOf($"{prompt.Name}.safetensors"), adapter = folder.PathOf(prompt.Name);
            PromptExport.ToSafetensors(prompt, imported);
            PromptExport.ToPeft(PromptFile.Load(imported), adapter);
            SavedPrompt back = PromptFile.Load(adapter);
            Assert.True(prompt.Rows.SequenceEqual(back.Rows));
            Assert.Equal(prompt.Sha256, back.Sha256);
        }
        Assert.Equal(2 * files.Length, PromptFolder.Find(folder.FullName).Count());
    }

    private static SavedPrompt Attempt(string name) =>
        PromptFile.Load(SharedFolder.Path("prompts", "attempt-t5-base", $"{name}_prompt.pt"));
}
