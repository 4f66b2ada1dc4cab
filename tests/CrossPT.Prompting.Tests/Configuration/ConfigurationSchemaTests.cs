using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>The published schema and the tables of the manual are those of the records.</summary>
public sealed class ConfigurationSchemaTests
{
    [Fact]
    public void Schema_IsThatOfTheRecords() =>
        GeneratedFile.Check("CrossPT.Runner/Templates/crosspt.schema.json", _ => ConfigurationSchema.OfRuns());

    [Fact]
    public void SchemaOfPretraining_IsThatOfTheRecords() =>
        GeneratedFile.Check(
            "CrossPT.Runner/Templates/crosspt-pretraining.schema.json",
            _ => ConfigurationSchema.Create(
                "CrossPT pretraining", ConfigurationTypes.Default.PretrainingConfiguration));

    [Fact]
    public void Manual_HasTheTablesOfTheRecords() =>
        GeneratedFile.Check("docs/configuration.md", ConfigurationTables.Replace);

    [Fact]
    public void Manual_HasTheKeysOfATask() =>
        GeneratedFile.Check("docs/your-data.md", ConfigurationTables.ReplaceRecords);

    [Fact]
    public void Schema_DescribesEverySetting()
    {
        using JsonDocument schema = JsonDocument.Parse(ConfigurationSchema.OfRuns());
        foreach ((string key, Setting setting) in Setting.AllOf(ConfigurationTypes.Default.RunConfiguration))
            Assert.True(SettingDocs.Summary(setting).Length > 0, $"{key} has no summary");
        JsonElement training = schema.RootElement.GetProperty("$defs").GetProperty("TrainingSettings");
        JsonElement steps = training.GetProperty("properties").GetProperty("steps");
        Assert.Equal(400, steps.GetProperty("default").GetInt32());
    }
}
