namespace CrossPT.Runner.Data;

/// <summary>Moves an unpacked data set to its place.</summary>
internal static class DataStage
{
    /// <summary>
    /// Moves each folder at once where it is new; into one that is there, as two collections share <c>RTE</c>, file by file. Folders of texts are always
    /// moved at once: a part of one would look like the whole.
    /// </summary>
    public static void Publish(string stage, DataFolder folder, DataSet set)
    {
        foreach (string source in Directory.GetDirectories(stage))
        {
            string target = folder.PathOf(Path.GetFileName(source));
            bool ofTexts = set.Files.SelectMany(static file => file.Paths).Any(static path => path.EndsWith('/'));
            if (ofTexts && Directory.Exists(target)) Directory.Move(target, Path.Combine(stage, ".replaced"));
            if (!Directory.Exists(target) && TryMove(source, target)) continue;
            foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                string place = Path.Combine(target, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Move(file, place, overwrite: true);
            }
        }
    }

    private static bool TryMove(string source, string target)
    {
        try
        {
            Directory.Move(source, target);
            return true;
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another data set made it in this moment.
            return false;
        }
    }
}
