using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Prompting.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.OpenApi;
using OpenTelemetry.Metrics;

namespace CrossPT.Runner.Serving;

/// <summary>The HTTP server around a <see cref="PromptServer"/>.</summary>
internal sealed partial class ServingHost : IAsyncDisposable
{
    /// <summary>Bytes of a request's body at most.</summary>
    public const int LargestBody = 1 << 20;

    private const int LargestHeaders = 16 << 10;
    private const int MostConnections = 4096;

    private readonly WebApplication _app;
    private readonly PromptServer _server;

    private ServingHost(WebApplication app, PromptServer server)
    {
        _app = app;
        _server = server;
    }

    /// <summary>Where it listens, free ports resolved.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _app.Urls];

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">An address is taken.</exception>
    public static async Task<ServingHost> StartAsync(PromptServer server, ServingSettings settings)
    {
        // Nothing but what is said here: no settings from files or variables of the environment.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Limit(options, settings.Addresses));
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        // Signals are the command's.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.ConfigureHttpJsonOptions(static options =>
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ServingJson.Default));
        builder.Services.AddOpenApi(static options => ServingDocument.Describe(options));
        builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics
            .AddMeter(PromptServer.MeterName).AddPrometheusExporter());
        Log(builder.Logging, settings);
        WebApplication app = builder.Build();
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("crosspt");
        app.Use(next => context => LogRequest(next, context, logger));
        app.Use(next => context => Authorize(next, context, settings.Key));
        // Addresses that nothing answers at, and methods that nothing answers with.
        app.UseStatusCodePages();
        app.UseRouting();
        new ServingApi(server, settings, logger).Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGet("/", Page()).ExcludeFromDescription();
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        ServingHost host = new(app, server);
        LogStart(logger, server.Tasks.Count, server.Model.Name, string.Join(", ", host.Addresses));
        return host;
    }

    /// <summary>
    /// Takes no more requests, answers those taken before, and closes; at the deadline, without answers.
    /// </summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        await _server.DrainAsync(deadline).ConfigureAwait(false);
        await _app.StopAsync(deadline).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Limit(KestrelServerOptions options, IReadOnlyList<ListenAddress> addresses)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = LargestBody;
        options.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        options.Limits.MaxConcurrentConnections = MostConnections;
        // Whoever sends slower than that gives its place to others.
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, TimeSpan.FromSeconds(5));
        options.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, TimeSpan.FromSeconds(5));
        foreach (ListenAddress address in addresses)
        {
            if (address.Host is { } host) options.Listen(host, address.Port, Http1);
            else options.ListenLocalhost(address.Port, Http1);
        }

        static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
    }

    private static void Log(ILoggingBuilder logging, ServingSettings settings)
    {
        logging.SetMinimumLevel(settings.IsQuiet ? LogLevel.Warning : LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("OpenTelemetry", LogLevel.Warning);
        if (settings.IsJson)
        {
            logging.AddJsonConsole(static options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
            return;
        }
        logging.AddSimpleConsole(static options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(
            static options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static async Task LogRequest(RequestDelegate next, HttpContext context, ILogger logger)
    {
        long start = Stopwatch.GetTimestamp();
        await next(context).ConfigureAwait(false);
        if (!logger.IsEnabled(LogLevel.Information)) return;
        // As it was sent: an escape cannot begin a line of its own.
        string path = context.Request.Path.ToUriComponent();
        double milliseconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 2);
        int rows = ServingApi.RowsOf(context);
        LogAnswer(logger, context.Request.Method, path, context.Response.StatusCode, rows, milliseconds);
    }

    /// <summary>Asks for the key wherever something is computed, changed or told.</summary>
    private static Task Authorize(RequestDelegate next, HttpContext context, ApiKey? key)
    {
        PathString path = context.Request.Path;
        bool isGuarded = path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
            || path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase);
        bool isChange = HttpMethods.IsPut(context.Request.Method) || HttpMethods.IsDelete(context.Request.Method);
        if (!isGuarded || (key is null && !isChange) || key?.IsIn(context.Request.Headers.Authorization) == true)
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        string detail = key is null
            ? "tasks are added and removed with an API key only, and this server has none: --api-key-file"
            : "expected the header Authorization: Bearer KEY with the server's key";
        return ServingApi.Problem(StatusCodes.Status401Unauthorized, detail).ExecuteAsync(context);
    }

    /// <summary>The playground: one page, whose own script and style are all that it may run.</summary>
    private static RequestDelegate Page()
    {
        using Stream stream = typeof(ServingHost).Assembly.GetManifestResourceStream("serving/playground.html")
            ?? throw new InvalidOperationException("The program has no playground.html.");
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        byte[] page = copy.ToArray();
        string text = Encoding.UTF8.GetString(page);
        string policy = $"default-src 'none'; connect-src 'self'; img-src data:; style-src {HashOf("style")}; "
            + $"script-src {HashOf("script")}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.ContentLength = page.Length;
            context.Response.Headers.ContentSecurityPolicy = policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-cache";
            return context.Response.Body.WriteAsync(page).AsTask();
        };

        string HashOf(string element)
        {
            int start = text.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
            int end = text.IndexOf($"</{element}>", StringComparison.Ordinal);
            return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text[start..end])))}'";
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "serving {Tasks} tasks of the model {Model} on {Addresses}")]
    private static partial void LogStart(ILogger logger, int tasks, string model, string addresses);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Rows} rows {Milliseconds} ms")]
    private static partial void LogAnswer(
        ILogger logger, string method, string path, int status, int rows, double milliseconds);

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>What the OpenAPI document says beside what follows from the endpoints.</summary>
internal static class ServingDocument
{
    private const string Scheme = "key";

    public static void Describe(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "CrossPT",
                Version = typeof(ServingDocument).Assembly.GetName().Version?.ToString(3) ?? "1",
                Description = "Tasks of prompt-tuned T5, answered from one frozen model.",
                License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            };
            // Where it is reached is the client's to know: behind a proxy it is another address.
            document.Servers?.Clear();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The key of --api-key-file, where the server has one.",
            };
            return Task.CompletedTask;
        });
    }
}
