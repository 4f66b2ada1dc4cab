using System.Text.Json;

namespace CrossPT.Prompting.Routing;

/// <summary>How much of each column every task takes, in evaluation.</summary>
/// <param name="Tasks">Names of the K tasks.</param>
/// <param name="Columns">Names of the C columns: the source prompts, then <see cref="PrivateColumn"/> where the private
/// prompt is one.</param>
/// <param name="Logits">[K][C].</param>
/// <param name="Weights">[K][C].</param>
/// <param name="Temperature">τ of evaluation.</param>
public sealed record RouterTable(
    IReadOnlyList<string> Tasks, IReadOnlyList<string> Columns, double[][] Logits, double[][] Weights,
    double Temperature)
{
    /// <summary>Name of the column of a task's own prompt.</summary>
    public const string PrivateColumn = "private";

    /// <summary>Writes <c>router.json</c>: for people, figures and <see cref="RouterStart.File"/>.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("temperature", Temperature);
        json.WriteStartObject("tasks");
        for (int task = 0; task < Tasks.Count; task++)
        {
            json.WriteStartObject(Tasks[task]);
            for (int column = 0; column < Columns.Count; column++)
            {
                json.WriteStartObject(Columns[column]);
                json.WriteNumber("weight", Weights[task][column]);
                json.WriteNumber("logit", Logits[task][column]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
