namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>What turns the object of a JSON line into rows, where its members are not the fields themselves.</summary>
internal static class RowTransforms
{
    private static readonly string[] s_names = ["wsc", "multirc", "record"];

    /// <summary>Names as declarations write them.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    public static Func<JsonRow, IReadOnlyList<DataRow>> Find(string name) => name switch
    {
        "wsc" => WscTransform.Apply,
        "multirc" => MultiRcTransform.Apply,
        _ => RecordTransform.Apply,
    };

    /// <summary>What turns the object into a row whose answer is yet to be found.</summary>
    public static Func<JsonRow, DataRow> FindUnlabelled(string name) => name switch
    {
        "wsc" => WscTransform.Unlabelled,
        "multirc" => MultiRcTransform.Unlabelled,
        _ => RecordTransform.Unlabelled,
    };
}
