using System.Runtime.InteropServices;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// <c>config.json</c> of a run: the configuration with every setting, which trains again as it stands, and what it came
/// to: the model by its hash, the tasks as declared, the sizes, the device and the versions.
/// </summary>
/// <param name="Configuration">Every setting.</param>
/// <param name="Model">Which model.</param>
/// <param name="Tasks">The tasks as declared.</param>
/// <param name="PromptLength">P.</param>
/// <param name="Width">H.</param>
public sealed record RunRecord(
    RunConfiguration Configuration, ModelIdentity Model, IReadOnlyList<TaskDeclaration> Tasks, int PromptLength,
    int Width)
{
    /// <summary>Names of the tasks.</summary>
    public IReadOnlyList<string> TaskNames => [.. Tasks.Select(static task => task.Name)];

    /// <summary>Reads the file.</summary>
    /// <exception cref="ConfigurationException">It is missing, no such record, or contradicts itself.</exception>
    public static RunRecord Load(string path)
    {
        ConfigValue value = ConfigReader.ReadFile(path);
        ConfigSection root = value.AsSection(), model = root.Require("model", "a model's name and hash").AsSection();
        ConfigValue configuration = root.Require("configuration", "the run's settings");
        string name = root.Require("name", "the run's name").AsString();
        RunRecord record = new(
            RunConfiguration.Read(configuration.AsTop(), name, path, isRecord: true),
            new ModelIdentity(model.Require("name", "a name").AsString(), model.Require("path", "a path").AsPath(),
                model.Require("sha256", "a hash").AsString())
            {
                Revision = model.TryGet("revision", out ConfigValue? revision) ? revision.AsString() : null,
            },
            [.. root.Require("tasks", "the tasks' declarations").AsList().Select(TaskDeclaration.Read)],
            root.Require("promptLength", "rows of a prompt").AsInt32(0, RunConfiguration.Largest),
            root.Require("width", "the width of the model").AsInt32(1, RunConfiguration.Largest));
        string declared = record.Tasks.Count > 0 ? string.Join(", ", record.TaskNames) : "none";
        string configured = string.Join(", ", record.Configuration.Tasks.Select(static task => task.Name));
        return declared == configured
            ? record
            : throw new ConfigurationException(
                path, $"tasks: found {declared}, expected those of configuration.tasks: {configured}");
    }

    /// <summary>Writes the document.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="backend">The device it was trained on.</param>
    public void Write(Utf8JsonWriter json, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(backend);
        json.WriteStartObject();
        json.WriteString("name", Configuration.Name);
        json.WriteStartObject("model");
        json.WriteString("name", Model.Name);
        if (Model.Revision is { } revision) json.WriteString("revision", revision);
        json.WriteString("path", Model.Path);
        json.WriteString("sha256", Model.Sha256);
        json.WriteEndObject();
        json.WriteNumber("promptLength", PromptLength);
        json.WriteNumber("width", Width);
        json.WriteStartArray("tasks");
        foreach (TaskDeclaration task in Tasks) task.Write(json);
        json.WriteEndArray();
        json.WritePropertyName("configuration");
        Configuration.Write(json);
        json.WriteStartObject("device");
        json.WriteString("name", backend.Name);
        if (backend is CpuBackend cpu)
        {
            json.WriteString("simd", cpu.Width.ToString());
            json.WriteNumber("threads", cpu.Threads);
        }
        json.WriteEndObject();
        json.WriteStartObject("versions");
        json.WriteString("crosspt", typeof(RunRecord).Assembly.GetName().Version?.ToString(3));
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteString("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
