using System.Text.Json;
using System.Text.Json.Nodes;
using CrossPT.Prompting.Pretraining;
using CrossPT.Runner.Demo;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Demo;

/// <summary><c>demo --source-draws</c>, with sources and methods of few steps.</summary>
public sealed class DemoStudyTests
{
    private static readonly string[] s_compared =
        [.. DemoMethods.Compared.Select(static method => method.Key)];

    [Fact]
    public void Demo_IsMeasuredForEveryMethodAndDraw_HoweverManyWorkers()
    {
        string one = Run(1), two = Run(2);
        Assert.Equal(one, two);
        JsonElement accuracy = JsonDocument.Parse(one).RootElement.GetProperty("accuracy");
        foreach (string method in s_compared)
        {
            double[] known = Cells("known skills"), both = Cells("two skills"), none = Cells("no relative"),
                all = Cells("all eight");
            Assert.All(Cells("unlike labels"), static value => Assert.InRange(value, 0, 100));
            for (int i = 0; i < 4; i++) Assert.Equal(((6 * known[i]) + both[i] + none[i]) / 8, all[i], 0.01);

            double[] Cells(string group) => CellsOf(accuracy, group, method);
        }
        // Draws of sources and of examples are different draws.
        Assert.Equal(4, CellsOf(accuracy, "all eight", DemoMethods.SpotKey).Distinct().Count());

        static string Run(int workers) => JsonOf(workers, static (study, report) => study.RunDemo(report, default));
    }

    [Fact]
    public void OtherWorlds_AreMeasuredForEveryMethodAndDraw()
    {
        string json = JsonOf(2, static (study, report) => study.RunOtherWorlds(report, default));
        JsonElement accuracy = JsonDocument.Parse(json).RootElement.GetProperty("accuracy");
        Assert.Equal(
            ["unequal sources", "misleading source", "four sources", "three skills"],
            accuracy.EnumerateObject().Select(static group => group.Name));
        string[] methods = [.. DemoMethods.ComparedToSpot.Select(static method => method.Key)];
        foreach (JsonProperty group in accuracy.EnumerateObject())
        {
            Assert.Equal(methods, group.Value.EnumerateObject().Select(static method => method.Name));
            Assert.All(methods, method => CellsOf(accuracy, group.Name, method));
        }
        // Prompt tuning has no sources: it is the same with any, and SPoT is not.
        Assert.Equal(
            CellsOf(accuracy, "unequal sources", DemoMethods.PlainKey),
            CellsOf(accuracy, "four sources", DemoMethods.PlainKey));
        Assert.NotEqual(
            CellsOf(accuracy, "unequal sources", DemoMethods.SpotKey),
            CellsOf(accuracy, "four sources", DemoMethods.SpotKey));
    }

    [Fact]
    public void Options_ThatNeedOrExcludeEachOther_AreRefused()
    {
        CliRun.Of("demo", "--other-worlds").AssertBadInput("--other-worlds without --source-draws");
        CliRun.Of("demo", "--trials", "--source-draws", "2").AssertBadInput("--trials with --source-draws");
        CliRun.Of("demo", "--model", "language-2").AssertBadInput("--model without --source-draws");
    }

    [Fact]
    public void Model_OfNoInventedLanguage_IsRefusedByItsFile()
    {
        using TempFolder folder = new();
        CliRun.Of("demo", "--source-draws", "2", "--model", folder.FullName).AssertBadInput("pretrain.json");
        string settings = Path.Combine(folder.FullName, PretrainingFolder.SettingsName);
        File.Copy(Path.Combine(DemoFiles.ModelFolder, PretrainingFolder.SettingsName), settings);
        JsonObject root = JsonNode.Parse(File.ReadAllText(settings))!.AsObject();
        root.Remove("language");
        root["tokenizer"] = DemoFiles.ModelFolder;
        root["corpus"] = new JsonObject { ["files"] = new JsonArray("text.txt") };
        File.WriteAllText(settings, root.ToJsonString());
        CliRun.Of("demo", "--source-draws", "2", "--model", folder.FullName).AssertBadInput(
            "pretrain.json: no \"language\"");
    }

    private static string JsonOf(int workers, Action<DemoStudy, Action<string>> run)
    {
        using DemoFleet fleet = new(static () => new CpuBackend(1), workers);
        DemoStudy study = new(fleet, [1, 2], [1, 2], mostSteps: 2, testExamples: 40);
        List<string> lines = [];
        run(study, lines.Add);
        Assert.Contains(
            lines, static line => line.StartsWith("sources 2, SPoT, source by loss: ", StringComparison.Ordinal));
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            study.WriteJson(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Two draws of sources by two of examples.</summary>
    private static double[] CellsOf(JsonElement accuracy, string group, string method)
    {
        double[] cells =
        [
            .. accuracy.GetProperty(group).GetProperty(method).EnumerateArray().Select(static one => one.GetDouble()),
        ];
        Assert.Equal(4, cells.Length);
        return cells;
    }
}
