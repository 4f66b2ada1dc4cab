using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Tensors.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CrossPT.Prompting.Tests.Serving;

public sealed class HostedServerTests(ServedRuns runs) : IClassFixture<ServedRuns>
{
    [Fact]
    public async Task Host_LoadsAtItsStart_AndDrainsAtItsEnd()
    {
        ServiceCollection services = new();
        services.AddCrossPt(options =>
        {
            options.Runs.Add(runs.PathOf("routed"));
            options.Backend = static () => new CpuBackend(1);
            options.Server = new PromptServerOptions { MaxBatch = 8 };
        });
        PromptServer server;
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            IHostedService hosted = Assert.Single(provider.GetServices<IHostedService>());
            await hosted.StartAsync(CancellationToken.None);
            server = provider.GetRequiredService<PromptServer>();
            Prediction answer = (await server.PredictAsync("rte", [ServedRuns.Row(0)]))[0];
            Assert.Equal(runs.Expected("routed", "rte", 0).Label, answer.Label);
            await hosted.StopAsync(CancellationToken.None);
        }
        Assert.True(server.IsDraining);
    }

    [Fact]
    public async Task Host_DoesNotStart_WithAFolderThatIsNoRun()
    {
        ServiceCollection services = new();
        services.AddCrossPt(options => options.Runs.Add(runs.PathOf("nothing")));
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Throws<ConfigurationException>(() => { _ = provider.GetServices<IHostedService>().ToArray(); });
    }
}
