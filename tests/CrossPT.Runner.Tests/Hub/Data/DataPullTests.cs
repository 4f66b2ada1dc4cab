using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Data;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub.Data;

/// <summary>Data sets from a server into the folder that <c>train</c> reads.</summary>
public sealed class DataPullTests : IDisposable
{
    private const string SciTail = "/ai2-public-datasets.s3.amazonaws.com/scitail/SciTailV1.1.zip";
    private const string Wnli = "/dl.fbaipublicfiles.com/glue/data/WNLI.zip";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly TestServer _server;

    public DataPullTests() =>
        _server = new TestServer(
            request => _files.TryGetValue(request.Target, out byte[]? bytes)
                ? Ranged(request, bytes)
                : new Answer(404));

    private Dictionary<string, string> Variables => new()
    {
        ["CROSSPT_DATA"] = Data, ["CROSSPT_DATA_MIRROR"] = _server.Address, ["HF_HOME"] = _folder.FullName,
        ["HF_HUB_OFFLINE"] = "",
    };

    private string Data => Path.Combine(_folder.FullName, "data");

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Pull_ThenTrain_FindsTheRowsWithoutBeingToldWhere()
    {
        _files[SciTail] = SciTailZip();
        string configuration = _folder.Write("own.json", File.ReadAllText(TinyRun.WriteConfiguration(_folder))
            .Replace(
                """{ "name": "mrpc", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" }""",
                """{ "name": "scitail", "shots": 4 }""", StringComparison.Ordinal));
        string output = Path.Combine(_folder.FullName, "run");
        string[] train =
        [
            "train", configuration, "--set", "training.steps=2", "--out", output, "--threads", "1", "--quiet",
        ];
        CliRun.In(Variables, train).AssertBadInput("no rows of the task 'scitail'", "crosspt pull scitail");
        CliRun pull = CliRun.In(Variables, "pull", "scitail");
        Assert.True(pull.Code == 0, pull.Error);
        Assert.Contains("SciTail (Khot et al. 2018)", pull.Error, StringComparison.Ordinal);
        Assert.Contains(
            $"no hash of it was ever published; its SHA-256 here is {Sha256(_files[SciTail])}", pull.Error,
            StringComparison.Ordinal);
        CliRun run = CliRun.In(Variables, train);
        Assert.True(run.Code == 0, run.Error);
        Assert.True(CliRun.In(Variables, "evaluate", "--run", output, "--task", "scitail", "--threads", "1").Code == 0);
        JsonElement recorded = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "config.json"))).RootElement
            .GetProperty("configuration");
        Assert.Equal(Data, recorded.GetProperty("data").GetProperty("folder").GetString());
    }

    [Fact]
    public void Pull_OfWhatIsHere_AsksNobody_AndSaysNoTermsAgain()
    {
        _files[SciTail] = SciTailZip();
        CliRun first = CliRun.In(Variables, "pull", "scitail", "--json");
        JsonElement set = first.Json.GetProperty("data")[0];
        Assert.True(set.GetProperty("downloaded").GetBoolean());
        Assert.Equal(Sha256(_files[SciTail]), set.GetProperty("files")[0].GetProperty("sha256").GetString());
        CliRun again = CliRun.In(Variables, "pull", "scitail", "--offline");
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Single(_server.Requests);
        Assert.Equal(
            [".lock"],
            Directory.GetFileSystemEntries(Path.Combine(Data, ".downloads"))
                .Select(static path => Path.GetExtension(path)));
        File.Delete(Path.Combine(Data, "SciTailV1.1", "tsv_format", "scitail_1.0_dev.tsv"));
        CliRun offline = CliRun.In(Variables, "pull", "scitail", "--offline");
        Assert.Equal(1, offline.Code);
        offline.AssertOneLine("scitail", "the network is off");
        Assert.Equal(0, CliRun.In(Variables, "pull", "scitail").Code);
        Assert.True(File.Exists(Path.Combine(Data, "SciTailV1.1", "tsv_format", "scitail_1.0_dev.tsv")));
    }

    [Theory]
    [InlineData(100, "the server sends 100 bytes, expected 28999")]
    [InlineData(28999, "expected ae0e8e4d16f4d46d4a0a566ec7ecceccfd3fbfaa4a7a4b4e02848c0f2561ac46")]
    public void Pull_OfAFileThatChanged_SaysSo_AndKeepsNothing(int length, string words)
    {
        _files[Wnli] = new byte[length];
        CliRun run = CliRun.In(Variables, "pull", "wnli", "--quiet");
        Assert.Equal(1, run.Code);
        run.AssertOneLine("wnli: WNLI.zip", words);
        Assert.False(Directory.Exists(Path.Combine(Data, "WNLI")));
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(Data, ".downloads")), static path => new FileInfo(path).Length > 0);
    }

    [Fact]
    public void Mrpc_IsAssembledAsGlueHasIt()
    {
        // A byte-order mark before the header; two of the pairs are on the list of the development set.
        string rows = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
            + string.Concat(
                Enumerable.Range(0, 6).Select(static i => $"{i % 2}\t{i}0\t{i}1\tA \"text {i}\tother {i}\n"));
        byte[][] contents =
        [
            Encoding.UTF8.GetBytes("\uFEFF" + rows), Encoding.UTF8.GetBytes(rows),
            Encoding.UTF8.GetBytes("20\t21\n50\t51\n"),
        ];
        DataSet official = Assert.Single(DataSets.Find("mrpc"));
        DataSet set = official with
        {
            Files = [.. official.Files.Select((file, i) =>
            {
                _files[$"/dl.fbaipublicfiles.com{new Uri(file.Address).AbsolutePath}"] = contents[i];
                return file with { Bytes = contents[i].Length, Sha256 = Sha256(contents[i]) };
            })],
        };
        Assert.All(Pull(set)!, static file => Assert.True(file.Known));
        TaskDeclaration task = BuiltInTasks.Find("mrpc")!;
        TaskRows train = TaskData.Read(TaskData.Find(task.Train, Data)!, task);
        TaskRows validation = TaskData.Read(TaskData.Find(task.Validation, Data)!, task);
        TaskRows test = TaskData.Read(TaskData.Find(task.Test, Data)!, task);
        Assert.Equal((4, 2, 6), (train.Examples.Count, validation.Examples.Count, test.Examples.Count));
        Assert.Contains("text 2", validation.Examples[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rte_OfBothCollections_ShareAFolder()
    {
        byte[] glue = ArchiveBytes.Zip(("RTE/train.tsv", "a"), ("RTE/dev.tsv", "b"), ("RTE/test.tsv", "c"));
        _files["/dl.fbaipublicfiles.com/glue/data/RTE.zip"] = glue;
        _files["/dl.fbaipublicfiles.com/glue/superglue/data/v2/RTE.zip"] = ArchiveBytes.Zip(
            ("RTE/train.jsonl", "d"), ("RTE/val.jsonl", "e"));
        DataSet set = Assert.Single(DataSets.Find("rte"));
        Pull(set with { Files = [set.Files[0] with { Bytes = glue.Length, Sha256 = Sha256(glue) }] });
        Pull(Assert.Single(DataSets.Find("superglue-rte")));
        Assert.Equal(
            ["dev.tsv", "test.tsv", "train.jsonl", "train.tsv", "val.jsonl"],
            Directory.GetFiles(Path.Combine(Data, "RTE")).Select(static path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Folders_LeftInPart_AreReplacedWhole()
    {
        const string Path1 = "/ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz";
        _files[Path1] = ArchiveBytes.TarGzip(
            ("aclImdb/train/pos/0_9.txt", "good"), ("aclImdb/train/neg/0_1.txt", "bad"),
            ("aclImdb/train/unsup/0_0.txt", "?"), ("aclImdb/test/pos/0_9.txt", "fine"),
            ("aclImdb/test/neg/0_1.txt", "poor"));
        string old = Path.Combine(Data, "aclImdb", "train", "pos");
        string stage = Path.Combine(Data, ".downloads", "imdb.unpacked", "aclImdb");
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(stage);
        File.WriteAllText(Path.Combine(old, "7_7.txt"), "of an earlier try");
        File.WriteAllText(Path.Combine(stage, "left.txt"), "of a killed process");
        Pull(Assert.Single(DataSets.Find("imdb")));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(Data, "aclImdb"), "*", SearchOption.AllDirectories).Length);
        TaskDeclaration task = BuiltInTasks.Find("imdb")!;
        Assert.Equal(2, TaskData.Read(TaskData.Find(task.Train, Data)!, task).Examples.Count);
    }

    [Fact]
    public async Task Pull_ByTwoAtOnce_DownloadsOnce()
    {
        _files[SciTail] = SciTailZip();
        DataSet set = Assert.Single(DataSets.Find("scitail"));
        IReadOnlyList<PulledData>?[] pulls =
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Pull(set))));
        Assert.Single(pulls, static pull => pull is not null);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public void Pull_ThatFails_LeavesNothing_AndASecondOneCompletes()
    {
        DataSet set = Assert.Single(DataSets.Find("scitail"));
        Assert.Contains(
            "404 Not Found", Assert.Throws<UserException>(() => Pull(set)).Message, StringComparison.Ordinal);
        _files[SciTail] = ArchiveBytes.Zip(("SciTailV1.1/tsv_format/scitail_1.0_train.tsv", "x"));
        Assert.Contains(
            "its layout has changed", Assert.Throws<UserException>(() => Pull(set)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Data, "SciTailV1.1")));
        _files[SciTail] = SciTailZip();
        Assert.NotNull(Pull(set));
    }

    private static Answer Ranged(Request request, byte[] bytes) => request.From is { } from && from < bytes.Length
        ? new Answer(206)
        {
            Body = bytes[from..],
            Headers = { ["Content-Range"] = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}" },
        }
        : new Answer(200) { Body = bytes };

    private static byte[] SciTailZip() =>
        ArchiveBytes.Zip([.. ((string[])["train", "dev", "test"]).Select(static part =>
        (
            $"SciTailV1.1/tsv_format/scitail_1.0_{part}.tsv",
            string.Concat(
                Enumerable.Range(0, 8).Select(i => $"a note {i}\ta tea\t{(i % 2 == 0 ? "entails" : "neutral")}\n"))))]);

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private IReadOnlyList<PulledData>? Pull(DataSet set)
    {
        using RemoteClient client = new(new TransferSettings());
        return new DataPull(new DataFolder(Data), client, new QuietProgress(), new Uri(_server.Address))
            .RunAsync(set, default).GetAwaiter().GetResult();
    }
}
