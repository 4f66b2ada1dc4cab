using System.Text.Json;

namespace CrossPT.Prompting.Routing;

/// <summary><c>router.json</c>: how much of each source prompt each task takes, for people, pictures and <see cref="RouterStart.File"/>.</summary>
internal static class RouterReport
{
    public static void Write(Utf8JsonWriter json, RouterTable router)
    {
        json.WriteStartObject();
        json.WriteNumber("temperature", router.Temperature);
        json.WriteStartObject("tasks");
        for (int task = 0; task < router.Tasks.Count; task++)
        {
            json.WriteStartObject(router.Tasks[task]);
            for (int column = 0; column < router.Columns.Count; column++)
            {
                json.WriteStartObject(router.Columns[column]);
                json.WriteNumber("weight", router.Weights[task][column]);
                json.WriteNumber("logit", router.Logits[task][column]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
