using System.Globalization;
using Spectre.Console;

namespace CrossPT.Runner.Consoles;

/// <summary>Numbers from 0 to 1 as shades with the numbers in hundredths.</summary>
internal static class HeatMap
{
    private const string Shades = " ░▒▓█";

    /// <summary>The picture as a table.</summary>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="values">[rows][columns].</param>
    public static TextTable Of(
        IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<double[]> values)
    {
        TextTable table = new(["", .. columns]) { HasRule = false };
        for (int row = 0; row < rows.Count; row++) table.Add([(rows[row], null), .. values[row].Select(Cell)]);
        return table;
    }

    private static (string Text, Color? Color) Cell(double value)
    {
        double share = Math.Clamp(value, 0, 1);
        string block = new(Shades[(int)Math.Min(Shades.Length - 1, share * Shades.Length)], 3);
        string number = Math.Round(100 * share).ToString(CultureInfo.InvariantCulture).PadLeft(2);
        // From a blue that recedes to an orange that stands out, on dark and light ground alike.
        return ($"{block} {number}", new Color((byte)(95 + (160 * share)), 135, (byte)(215 - (215 * share))));
    }
}
