namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>
/// Rows of a folder that has a folder of text files for each label; other folders in it, such as IMDB's <c>unsup</c>,
/// are left alone.
/// </summary>
internal static class TextFolderRows
{
    public static IEnumerable<Row> Read(TaskLocation location, TaskDeclaration task)
    {
        foreach (string folder in List(location.File, Directory.GetDirectories))
        {
            string label = Path.GetFileName(folder);
            if (task.IndexOf(label) < 0) continue;
            foreach (string file in List(folder, static path => Directory.GetFiles(path, "*.txt")))
            {
                Dictionary<string, string> fields = new() { [task.Fields[0]] = DataFile.ReadText(file) };
                yield return new Row(fields)
                {
                    File = file,
                    Line = 1,
                    Label = new RowLabel(label, "folder", $"\"{label}\""),
                };
            }
        }
    }

    /// <summary>In the order of their names, which no file system promises.</summary>
    private static string[] List(string path, Func<string, string[]> list)
    {
        try
        {
            string[] names = list(path);
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException error)
        {
            throw new TaskDataException(path, "no such folder, expected one with a folder of texts a label", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw DataFile.Unreadable(path, error);
        }
    }
}
