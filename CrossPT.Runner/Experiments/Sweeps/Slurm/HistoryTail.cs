using System.Text;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Runs;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

/// <summary>How far a run is, from the end of its history, which another process writes.</summary>
internal static partial class HistoryTail
{
    private const int Bytes = 16 << 10;

    /// <summary>The last step there; 0 before the first.</summary>
    public static int StepOf(string runFolder)
    {
        string path = Path.Combine(runFolder, RunFolder.HistoryName);
        if (!File.Exists(path)) return 0;
        try
        {
            using FileStream file = new(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Seek(-Math.Min(Bytes, file.Length), SeekOrigin.End);
            byte[] tail = new byte[Bytes];
            int length = file.ReadAtLeast(tail, Bytes, throwOnEndOfStream: false);
            Match last = Step().Match(Encoding.UTF8.GetString(tail, 0, length));
            return last.Success && int.TryParse(last.Groups[1].Value, out int step) ? step : 0;
        }
        catch (IOException)
        {
            // Just being replaced; the next look finds it.
            return 0;
        }
    }

    [GeneratedRegex(@"""step"":(\d+),", RegexOptions.RightToLeft)]
    private static partial Regex Step();
}
