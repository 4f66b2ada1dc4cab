using System.Globalization;

namespace CrossPT.Runner.Report.Tables;

/// <summary>
/// The numbers behind a figure of matrices as CSV, a line a cell: mean, lowest and highest of the seeds, in full
/// precision.
/// </summary>
internal static class MatrixTable
{
    /// <summary>Writes it.</summary>
    /// <param name="row">What rows are.</param>
    /// <param name="column">What columns are.</param>
    /// <param name="matrices">Of every setting, names of rows and columns, and [row, column] a number a seed.</param>
    public static string Write(string row, string column,
        IEnumerable<(string Setting, IReadOnlyList<string> Rows, IReadOnlyList<string> Columns,
        double[,][] Seeds)> matrices)
    {
        List<string[]> lines = [];
        Line(["setting", row, column, "seeds", "mean", "lowest", "highest"]);
        foreach ((string setting, IReadOnlyList<string> rows, IReadOnlyList<string> columns,
            double[,][] seeds) in matrices)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                for (int j = 0; j < columns.Count; j++)
                {
                    double[] one = seeds[i, j];
                    string[] numbers = one.Length == 0 ? ["", "", ""]
                        : [Number(one.Average()), Number(one.Min()), Number(one.Max())];
                    Line([CsvTable.Plain(setting), CsvTable.Plain(rows[i]), CsvTable.Plain(columns[j]),
                        one.Length.ToString(CultureInfo.InvariantCulture), .. numbers]);
                }
            }
        }
        return CsvTable.Write(lines);

        void Line(string[] cells) => lines.Add(cells);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
