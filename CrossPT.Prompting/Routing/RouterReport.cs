using System.Text.Json;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary><c>router.json</c>: how much of each source prompt each task took, for people and pictures.</summary>
internal static class RouterReport
{
    public static void Write(Utf8JsonWriter json, RoutedPrompts prompts)
    {
        float[] logits = prompts.Router.Logits.Value.ToSingles();
        double[][] weights = prompts.Router.ToWeights();
        int sources = prompts.Sources.Count;
        json.WriteStartObject();
        json.WriteNumber("temperature", prompts.Router.Temperature);
        json.WriteStartObject("tasks");
        for (int task = 0; task < prompts.Tasks.Count; task++)
        {
            json.WriteStartObject(prompts.Tasks[task]);
            for (int source = 0; source < sources; source++)
            {
                json.WriteStartObject(prompts.Sources[source].Name);
                json.WriteNumber("weight", weights[task][source]);
                json.WriteNumber("logit", logits[(task * sources) + source]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
