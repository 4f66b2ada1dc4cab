// dotnet run --project samples/Host -- RUN…
// curl localhost:5000/rte -H 'Content-Type: application/json' -d '{"sentence1": "It rains.", "sentence2": "It pours."}'
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Prompting.Tasks;

WebApplicationBuilder builder = WebApplication.CreateBuilder();
builder.Services.AddCrossPt(options =>
{
    foreach (string run in args) options.Runs.Add(run);
});
WebApplication app = builder.Build();

app.MapPost("/{task}", async (
    string task, Dictionary<string, string> fields, PromptServer server, CancellationToken cancellation) =>
{
    try
    {
        Prediction[] answers = await server.PredictAsync(task, [new Row(fields)], cancellation);
        return Results.Ok(new { label = answers[0].Word, probability = answers[0].Probability });
    }
    catch (ServingException error) when (error.Problem == ServingProblem.UnknownTask)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status404NotFound);
    }
    catch (ArgumentException error)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});

app.Run();
