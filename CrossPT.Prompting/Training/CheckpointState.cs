using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Where a trainer is, apart from its tensors. Randomness has no state of its own: it is a function of seed and step.
/// </summary>
/// <param name="Step">Finished steps.</param>
/// <param name="EvaluatedStep">Finished steps at the last evaluation.</param>
/// <param name="BestStep">Finished steps at the best one.</param>
/// <param name="BestScore">Its score; null before the first.</param>
/// <param name="WithoutBetter">Evaluations since.</param>
/// <param name="EndedEarly">Whether they ended the training.</param>
internal sealed record CheckpointState(
    [property: JsonRequired] int Step, [property: JsonRequired] int EvaluatedStep,
    [property: JsonRequired] int BestStep, [property: JsonRequired] double? BestScore,
    [property: JsonRequired] int WithoutBetter, [property: JsonRequired] bool EndedEarly)
{
    public string ToJson() => JsonSerializer.Serialize(this, CheckpointJson.Default.CheckpointState);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static CheckpointState Parse(string json) =>
        JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointState) ?? throw new JsonException();
}

/// <summary>Made when the program is built, for it may be trimmed.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CheckpointState))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
