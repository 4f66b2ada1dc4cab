using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CrossPT.Runner.Serving;

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
