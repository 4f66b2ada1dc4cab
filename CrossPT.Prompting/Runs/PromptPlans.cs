using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Runs;

/// <summary>The plan of a run's prompts: to build them, and to compose them again from their saved parts.</summary>
internal static class PromptPlans
{
    public static PromptPlan Of(RunConfiguration configuration, T5Model model, IReadOnlyList<string> tasks) => new()
    {
        Prompt = configuration.Prompt,
        Router = configuration.Router,
        Model = model,
        Tasks = tasks,
        Seed = (ulong)configuration.Seed,
        Steps = configuration.Training.Steps,
        TextLength = configuration.Data.SourceLength,
    };
}
