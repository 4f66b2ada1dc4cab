using System.Text.Json.Serialization;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>What turns an object into rows, where its members are not the fields themselves.</summary>
public enum RowTransform
{
    /// <summary>Winograd schemas, whose noun and pronoun are marked.</summary>
    Wsc,

    /// <summary>MultiRC, where a passage holds questions and these their answers.</summary>
    [JsonStringEnumMemberName("multirc")]
    MultiRc,

    /// <summary>ReCoRD, whose candidates are the entities of a passage.</summary>
    Record,
}

/// <summary>The functions of the transforms.</summary>
internal static class RowTransforms
{
    public static IReadOnlyList<Row> Apply(this RowTransform transform, JsonField row) => transform switch
    {
        RowTransform.Wsc => WscTransform.Apply(row),
        RowTransform.MultiRc => MultiRcTransform.Apply(row),
        _ => RecordTransform.Apply(row),
    };

    /// <summary>A row whose answer is yet to be found.</summary>
    public static Row ApplyUnlabelled(this RowTransform transform, JsonField row) => transform switch
    {
        RowTransform.Wsc => WscTransform.Unlabelled(row),
        RowTransform.MultiRc => MultiRcTransform.Unlabelled(row),
        _ => RecordTransform.Unlabelled(row),
    };
}
