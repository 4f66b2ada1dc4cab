using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Serving;
using CrossPT.Tensors;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What <see cref="CrossPtServiceCollectionExtensions.AddCrossPt"/> serves, and how.</summary>
public sealed class CrossPtOptions
{
    /// <summary>Run folders, or PEFT adapters with a <c>task.json</c>, all of one model.</summary>
    public IList<string> Runs { get; } = [];

    /// <summary>The model's folder.</summary>
    /// <value>The default is null: where the first run found it.</value>
    public string? Model { get; set; }

    /// <summary>Makes the device to compute on, which the host then disposes.</summary>
    /// <value>The default is null: the CPU, all its cores.</value>
    public Func<IBackend>? Backend { get; set; }

    /// <summary>Limits.</summary>
    public PromptServerOptions Server { get; set; } = new();
}

/// <summary>Serves prompt-tuned tasks in an application's own host.</summary>
public static class CrossPtServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="PromptServer"/> that is loaded when the host starts, takes requests until it stops, and
    /// answers those it has taken before it ends.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Names the runs.</param>
    /// <remarks>
    /// Starting fails with a <see cref="ConfigurationException"/> where a folder holds no run, or one of another model.
    /// </remarks>
    public static IServiceCollection AddCrossPt(this IServiceCollection services, Action<CrossPtOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        CrossPtOptions options = new();
        configure(options);
        services.AddSingleton(_ => new LoadedServer(options));
        services.AddSingleton(static provider => provider.GetRequiredService<LoadedServer>().Server);
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<LoadedServer>());
        return services;
    }

    /// <summary>The server and its device, in the order in which they are disposed.</summary>
    private sealed class LoadedServer : IHostedService, IAsyncDisposable
    {
        private readonly IBackend? _backend;

        public LoadedServer(CrossPtOptions options)
        {
            _backend = options.Backend?.Invoke();
            try
            {
                Server = PromptServer.LoadAsync([.. options.Runs], options.Model, _backend, options.Server)
                    .GetAwaiter().GetResult();
            }
            catch
            {
                _backend?.Dispose();
                throw;
            }
        }

        public PromptServer Server { get; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Server.DrainAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync().ConfigureAwait(false);
            _backend?.Dispose();
        }
    }
}
