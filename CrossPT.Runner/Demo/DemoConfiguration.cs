using System.Text;
using System.Text.Json.Nodes;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Runner.Demo;

/// <summary>A method of the demo and the tasks of one seed as a configuration.</summary>
/// <param name="method">The method.</param>
/// <param name="tasks">The tasks.</param>
/// <param name="folder">Where the source prompts lie.</param>
/// <param name="sources">Their names.</param>
/// <param name="starts">Where a private prompt of each task's own to start from lies, if there is one.</param>
internal sealed class DemoConfiguration(
    DemoMethod method, DemoTask[] tasks, string folder, IReadOnlyList<string> sources, string starts)
{
    /// <summary>The name of a task in configurations.</summary>
    public static string NameOf(DemoTask task) => $"{DemoFiles.Name}/{task.Target.Task.Name}";

    /// <summary>The configuration, as it would be read from a file.</summary>
    public RunConfiguration Read(string name)
    {
        JsonObject prompt = new() { ["length"] = DemoSources.Length };
        JsonObject root = new()
        {
            ["model"] = DemoFiles.Name,
            ["method"] = MethodName,
            ["tasks"] = new JsonArray(
                [
                    .. tasks.Select(
                        static task => new JsonObject { ["name"] = NameOf(task), ["shots"] = DemoTask.Shots })]),
            ["seed"] = tasks[0].Seed,
            ["prompt"] = prompt,
            ["evaluation"] = new JsonObject
            {
                ["examples"] = DemoTask.TestExamples,
                ["batch"] = DemoRunner.MeasureBatch,
            },
            ["data"] = new JsonObject { ["sourceLength"] = DemoTask.SourceLength },
        };
        if (MethodName is not ("pt" or "pi"))
            root["sources"] = new JsonArray(
                [
                    .. sources.Select(
                        source => (JsonNode)Path.GetFullPath(Path.Combine(folder, $"{source}.safetensors")))]);
        if (method.Start == DemoStart.WrongSource)
            prompt["private"] = new JsonObject
            {
                ["start"] = new JsonObject { ["file"] = Path.GetFullPath(Path.Combine(starts, "{task}.safetensors")) },
            };
        if (method.Prompt.Private.Form is { Form: PromptForm.LowRank } form)
            prompt["private"] = new JsonObject { ["form"] = "low-rank", ["rank"] = form.Rank };
        if (MethodName == "crosspt")
        {
            root["router"] = new JsonObject { ["start"] = method.Router.Start.ToString().ToLowerInvariant() };
            prompt["sourceScale"] = method.Prompt.Sources.Scale.ToString().ToLowerInvariant();
        }
        ConfigValue value = ConfigReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString()), name, folder);
        RunConfiguration configuration = DemoNames.Resolve(RunConfiguration.Read(value, name));
        return configuration with { Training = DemoRunner.SettingsOf(method) };
    }

    private string MethodName => method.Router.Kind switch
    {
        RouterKind.Attempt => "attempt",
        RouterKind.None => method.Start switch
        {
            DemoStart.Settings => "pt",
            DemoStart.TunedPrompt => "pi",
            _ => "spot",
        },
        _ => "crosspt",
    };
}
