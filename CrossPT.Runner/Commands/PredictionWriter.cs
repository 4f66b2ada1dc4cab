using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;

namespace CrossPT.Runner.Commands;

/// <summary>A row to be predicted with all its columns.</summary>
/// <param name="Row">What the task needs of it.</param>
/// <param name="Place">File and line, for messages.</param>
/// <param name="Columns">Names and JSON values, in the file's order.</param>
internal sealed record PredictedRow(Row Row, string Place, IReadOnlyList<(string Name, string Json)> Columns);

/// <summary>Writes rows and what was predicted of them.</summary>
internal abstract class PredictionWriter
{
    /// <summary>Columns that are added: a row's own of these names give way.</summary>
    private static readonly string[] s_results = ["prediction", "predicted_label", "probability", "scores"];

    /// <summary>A writer of the layout that a file's name says: CSV, TSV, else JSON lines.</summary>
    /// <param name="stream">Where to, line by line.</param>
    /// <param name="path">The file's name, or <c>-</c>.</param>
    public static PredictionWriter Of(Stream stream, string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => new TableWriter(stream, path, ','),
        ".tsv" => new TableWriter(stream, path, '\t'),
        _ => new LineWriter(stream),
    };

    /// <summary>Writes rows out.</summary>
    public abstract void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions);

    private static IEnumerable<(string Name, string Json)> Kept(PredictedRow row) =>
        row.Columns.Where(static column => !s_results.Contains(column.Name));

    /// <summary>An object a line, with the probabilities of all label words in it.</summary>
    private sealed class LineWriter(Stream stream) : PredictionWriter
    {
        private static readonly JsonWriterOptions s_options = new()
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

        private readonly JsonLineWriter _lines = new(stream);

        public override void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                using (Utf8JsonWriter json = new(_lines.Buffer, s_options)) Write(json, rows[i], predictions[i]);
                _lines.EndLine();
            }
            _lines.Flush();
        }

        private static void Write(Utf8JsonWriter json, PredictedRow row, Prediction prediction)
        {
            json.WriteStartObject();
            foreach ((string name, string value) in Kept(row))
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value, skipInputValidation: true);
            }
            json.WriteString("prediction", prediction.Word);
            json.WriteString("predicted_label", prediction.Label);
            json.WriteNumber("probability", Math.Round(prediction.Probability, 6));
            json.WriteStartObject("scores");
            foreach ((string word, double probability) in prediction.Scores)
                json.WriteNumber(word, Math.Round(probability, 6));
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>A table with the columns of the first row and those added.</summary>
    private sealed class TableWriter(Stream stream, string path, char separator) : PredictionWriter
    {
        private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

        private string[]? _columns;

        public override void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions)
        {
            StringBuilder text = new();
            for (int i = 0; i < rows.Count; i++)
            {
                if (_columns is null)
                {
                    _columns = [.. Kept(rows[i]).Select(static column => column.Name)];
                    Append(text, [.. _columns, .. s_results[..3]], rows[i]);
                }
                string probability =
                    Math.Round(predictions[i].Probability, 6).ToString(CultureInfo.InvariantCulture);
                Append(text, [.. Cells(rows[i]), predictions[i].Word, predictions[i].Label, probability], rows[i]);
            }
            stream.Write(s_utf8.GetBytes(text.ToString()));
            stream.Flush();
        }

        private string[] Cells(PredictedRow row)
        {
            (string Name, string Json)[] kept = [.. Kept(row)];
            // The rows of a table: names may repeat, and only the last may be missing.
            if (kept.Select(static column => column.Name).SequenceEqual(_columns!.Take(kept.Length)))
            {
                string[] missing = new string[_columns!.Length - kept.Length];
                return [.. kept.Select(static column => Text(column.Json)), .. missing];
            }
            string? other = kept.Select(static column => column.Name).FirstOrDefault(name => !_columns!.Contains(name));
            if (other is not null)
            {
                throw new UserException(
                    $"{row.Place}: \"{other}\" is not in the first row, expected the same fields in every row "
                    + "(an --output that ends in .jsonl takes any)");
            }
            return [.. _columns!.Select(name => Text(kept.FirstOrDefault(column => column.Name == name).Json))];
        }

        /// <summary>A string without its quotation marks; other values as JSON.</summary>
        private static string Text(string? json)
        {
            if (json is null or "null") return "";
            if (json[0] != '"') return json;
            using JsonDocument value = JsonDocument.Parse(json);
            return value.RootElement.GetString()!;
        }

        private void Append(StringBuilder text, string?[] cells, PredictedRow row)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                if (i > 0) text.Append(separator);
                text.Append(Quoted(cells[i] ?? "", row));
            }
            text.Append('\n');
        }

        private string Quoted(string cell, PredictedRow row)
        {
            if (separator == ',')
            {
                bool isPlain = !cell.AsSpan().ContainsAny(",\"\r\n") && cell.AsSpan().Trim().Length == cell.Length;
                return isPlain ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            }
            if (!cell.AsSpan().ContainsAny("\t\r\n")) return cell;
            throw new UserException(
                $"{row.Place}: has a tab or a line break in it, which {path} cannot hold, "
                + "expected an --output that ends in .csv or .jsonl");
        }
    }
}
