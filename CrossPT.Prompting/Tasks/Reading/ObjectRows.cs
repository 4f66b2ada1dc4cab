using CrossPT.Prompting.Tasks.Reading.Parquet;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of files of objects: JSON lines, a JSON list, Parquet.</summary>
internal static class ObjectRows
{
    /// <summary>The objects of a file, or of all files of a data set in several.</summary>
    /// <param name="location">The file, or the first of several.</param>
    /// <param name="task">The task whose columns are needed; null for all columns.</param>
    /// <param name="skipped">Counts what is passed over.</param>
    public static IEnumerable<JsonField> Read(
        TaskLocation location, TaskDeclaration? task, SkippedRows skipped) => location.Format == TaskFormat.Parquet
        ? ParquetRows.Shards(location).SelectMany(
            file => ParquetRows.Read(file, task).Select(row => new JsonField(row.Value, file, row.Row)))
        : JsonRows.Read(location.File, skipped).Select(row => new JsonField(row.Value, location, row.Line));
}
