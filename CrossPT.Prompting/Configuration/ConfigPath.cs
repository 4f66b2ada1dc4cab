using System.Globalization;

namespace CrossPT.Prompting.Configuration;

/// <summary>Keys from the top: <c>training.learningRate.private</c>, <c>tasks[0].shots</c>.</summary>
internal static class ConfigPath
{
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Join(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    /// <summary>Takes a path apart: names are strings, indices integers. Null when it is none.</summary>
    public static IReadOnlyList<object>? Parse(string path)
    {
        List<object> steps = [];
        foreach (string part in path.Split('.'))
        {
            int bracket = part.IndexOf('[', StringComparison.Ordinal);
            string name = bracket < 0 ? part : part[..bracket];
            if (name.Length == 0) return null;
            steps.Add(name);
            for (int at = bracket; at >= 0 && at < part.Length;)
            {
                int close = part.IndexOf(']', at);
                if (part[at] != '[' || close < 0) return null;
                ReadOnlySpan<char> digits = part.AsSpan(at + 1, close - at - 1);
                if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return null;
                steps.Add(index);
                at = close + 1;
            }
        }
        return steps;
    }
}
