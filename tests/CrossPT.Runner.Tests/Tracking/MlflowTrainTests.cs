using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Tracking;

/// <summary><c>train</c> with an MLflow server in the environment.</summary>
public sealed class MlflowTrainTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MlflowStandIn _standIn = new();

    [Fact]
    public void Training_IsLoggedWhole()
    {
        CliRun run = Train(_standIn.Address);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("own", _standIn.Experiments);
        Assert.Equal("pt", _standIn.Parameters["method"]);
        Assert.Contains(_standIn.Metrics, static one => one.Key == "loss" && one.Step == 1);
        Assert.Contains(_standIn.Metrics, static one => one.Key.StartsWith("test/", StringComparison.Ordinal));
        Assert.Contains("7/abc/artifacts/prompts.safetensors", _standIn.Files.Keys);
        Assert.Equal(["FINISHED"], _standIn.Statuses);
        Assert.Contains("\"run\": \"abc\"", File.ReadAllText(Path.Combine(_folder.FullName, "run", "mlflow.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Server_ThatFails_CostsANote()
    {
        _standIn.Failing = 500;
        CliRun run = Train(_standIn.Address);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("the run is not logged to MLflow", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_OfAnotherKind_IsBadInput_BeforeAnythingIsWritten()
    {
        Train("databricks").AssertBadInput("MLFLOW_TRACKING_URI is 'databricks'");
        Assert.False(Directory.Exists(Path.Combine(_folder.FullName, "run")));
    }

    public void Dispose()
    {
        _standIn.Dispose();
        _folder.Dispose();
    }

    private CliRun Train(string server)
    {
        string configuration = TinyRun.WriteConfiguration(_folder, "pt");
        Dictionary<string, string> variables = new()
        {
            ["MLFLOW_TRACKING_URI"] = server,
            ["MLFLOW_EXPERIMENT_NAME"] = "own",
            ["HF_HUB_OFFLINE"] = "1",
        };
        string output = Path.Combine(_folder.FullName, "run");
        return CliRun.In(variables, "train", configuration, "--out", output, "--threads", "1");
    }
}
