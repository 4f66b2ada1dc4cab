using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>
/// What a run's record says of its settings is read again as it was, also what the method alone says.
/// </summary>
public sealed class MethodRecordTests
{
    public static TheoryData<string> Methods => [.. MethodDefinition.Names];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Configuration_UnderAKey_IsReadAsItWas(string method)
    {
        string sources = MethodDefinition.Find(method).Sources == MethodSources.Required
            ? """, "sources": ["a.safetensors"]"""
            : "";
        string json = $$"""
            { "model": "m", "method": "{{method}}", "tasks": [ { "name": "rte" } ],
            "data": { "folder": "d" }{{sources}} }
            """;
        RunConfiguration before = RunConfiguration.Read(
            ConfigReader.Read(System.Text.Encoding.UTF8.GetBytes(json), "test", "/"), "test");

        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("configuration");
            before.Write(writer);
            writer.WriteEndObject();
        }
        ConfigValue record = ConfigReader.Read(stream.ToArray(), "record", "/");
        RunConfiguration after = RunConfiguration.Read(record.AsSection().Require("configuration", "settings"), "test");

        Assert.Equal(before.Prompt, after.Prompt);
        Assert.Equal(before.Router, after.Router);
        Assert.Equal(before.Training.Resolve(before.Prompt), after.Training.Resolve(after.Prompt));
        Assert.Equal(before.Evaluation, after.Evaluation);
    }
}
