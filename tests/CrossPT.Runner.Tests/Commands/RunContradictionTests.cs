using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>Run folders whose files contradict each other: one line that names the file.</summary>
public sealed class RunContradictionTests : IDisposable
{
    private const string Row = """{"sentence1": "a note", "sentence2": "tea"}""";

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Methods => ["crosspt", "attempt", "msum", "mpt", "dept", "pt", "full"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void Record_EditedInOnePlace_IsRefusedByName(string method)
    {
        string run = TinyRun.Train(_folder, method), path = Path.Combine(run, RunFolder.ConfigName);
        string text = File.ReadAllText(path);
        foreach ((string name, Action<JsonNode> edit) in Edits(hasPrompts: method != "full"))
        {
            JsonNode record = JsonNode.Parse(text)!;
            edit(record);
            File.WriteAllText(path, record.ToJsonString());
            foreach (CliRun answer in Commands(run))
            {
                Assert.True(answer.Code == 2, $"{name}: {answer.Code} {answer.Error}");
                answer.AssertBadInput(run);
                string[] files = [RunFolder.ConfigName, RunFolder.PromptsName];
                Assert.True(files.Any(answer.Error.Contains), $"{name}: {answer.Error}");
            }
        }
    }

    [Fact]
    public void Record_OfALaxerTime_Loads()
    {
        string run = TinyRun.Train(_folder);
        string path = Path.Combine(run, RunFolder.ConfigName);
        JsonNode record = JsonNode.Parse(File.ReadAllText(path))!;
        JsonNode training = record["configuration"]!["training"]!;
        training["evaluateEvery"] = 1000;
        File.WriteAllText(path, record.ToJsonString());
        foreach (CliRun answer in Commands(run)) Assert.True(answer.Code == 0, answer.Error);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Prompts_EditedInOnePlace_AreRefusedByNameOrNotRead(string method)
    {
        if (method == "full") return;
        string run = TinyRun.Train(_folder, method), path = Path.Combine(run, RunFolder.PromptsName);
        byte[] bytes = File.ReadAllBytes(path);
        string[] names;
        using (ITensorSource whole = TensorFiles.Open(path))
            names = [.. whole.Entries.Select(static entry => entry.Name)];
        int refused = 0;
        foreach (string name in names)
        {
            foreach (TensorEdit edit in Enum.GetValues<TensorEdit>())
            {
                File.WriteAllBytes(path, bytes);
                Rewrite(path, name, edit);
                foreach (CliRun answer in Commands(run))
                {
                    if (answer.Code == 0) continue;
                    refused++;
                    Assert.True(answer.Code == 2, $"{name}, {edit}: {answer.Code} {answer.Error}");
                    answer.AssertBadInput(RunFolder.PromptsName);
                }
                if (!name.StartsWith("target.", StringComparison.Ordinal)) continue;
                Predict(run).AssertBadInput(path);
            }
        }
        Assert.True(refused > 0);
    }

    [Theory]
    [InlineData(RunFolder.ConfigName)]
    [InlineData(RunFolder.MetricsName)]
    [InlineData(RunFolder.PredictionsName)]
    [InlineData(RunFolder.RouterName)]
    [InlineData(RunFolder.RouterHistoryName)]
    [InlineData(RunFolder.HistoryName)]
    public void Report_OfFilesThatNameOtherTasksAndSources_IsWrittenOrRefusedInOneLine(string name)
    {
        string run = TinyRun.Train(_folder), path = Path.Combine(run, name), text = File.ReadAllText(path);
        string page = Path.Combine(_folder.FullName, "page.html");
        (string, string)[] edits = [("rte", "cola"), ("rte", "mrpc"), ("source", "other"), ("1", "-1")];
        foreach ((string found, string other) in edits)
        {
            File.WriteAllText(path, text.Replace(found, other, StringComparison.Ordinal));
            File.Delete(page);
            CliRun answer = CliRun.Of("report", run, "--out", page, "--quiet");
            Assert.True(answer.Code is 0 or 2, $"{found} → {other}: {answer.Code} {answer.Error}");
            if (answer.Code == 2) answer.AssertBadInput(name);
        }
    }

    private static IEnumerable<(string Name, Action<JsonNode> Edit)> Edits(bool hasPrompts)
    {
        foreach (string list in (string[])["tasks", "configuration.tasks"])
        {
            yield return ($"{list} without one", root => At(root, list).AsArray().RemoveAt(0));
            yield return ($"{list} without any", root => At(root, list).AsArray().Clear());
            yield return ($"{list} turned round", root => Reverse(At(root, list).AsArray()));
            yield return ($"{list} with another", root => At(root, list)[1]!["name"] = "cola");
            yield return (
                $"{list} with one twice", root => At(root, list).AsArray().Add(At(root, list)[0]!.DeepClone()));
        }
        foreach (int by in (int[])[-1, 1])
        {
            string[] sizes = hasPrompts ? ["width", "promptLength"] : ["width"];
            foreach (string size in sizes) yield return (size, root => root[size] = root[size]!.GetValue<int>() + by);
        }
    }

    private static JsonNode At(JsonNode root, string key) =>
        key.Split('.').Aggregate(root, static (node, name) => node[name]!);

    private static void Reverse(JsonArray list)
    {
        JsonNode first = list[0]!;
        list.RemoveAt(0);
        list.Add(first);
    }

    private static void Rewrite(string path, string name, TensorEdit edit)
    {
        SafetensorsWriter writer;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            writer = new SafetensorsWriter(file.Metadata);
            foreach (TensorEntry entry in file.Entries)
            {
                float[] values = file.ReadSingles(entry.Name);
                if (entry.Name != name) Add(entry.Name, values, entry.Shape);
                else if (edit == TensorEdit.Renamed) Add($"{name}2", values, entry.Shape);
                else if (edit == TensorEdit.Longer) Add(name, [.. values, .. values], Doubled(entry.Shape));
            }
        }
        writer.Save(path);

        void Add(string own, float[] values, Shape shape) =>
            writer.Add(own, DType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    private static Shape Doubled(Shape shape)
    {
        int[] sizes = shape.Sizes.ToArray();
        sizes[0] *= 2;
        return new Shape(sizes);
    }

    private static IEnumerable<CliRun> Commands(string run)
    {
        yield return Predict(run);
        yield return CliRun.Of("evaluate", "--run", run, "--threads", "1", "--quiet");
        yield return CliRun.Of("evaluate", "--run", run, "--without", "private", "--threads", "1", "--quiet");
    }

    private static CliRun Predict(string run) =>
        CliRun.With(Row + "\n", "predict", "--run", run, "--task", "rte", "--threads", "1", "--quiet");

    private enum TensorEdit
    {
        Dropped,
        Renamed,
        Longer,
    }
}
