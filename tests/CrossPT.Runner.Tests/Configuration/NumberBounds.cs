using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace CrossPT.Runner.Tests.Configuration;

/// <summary>Values around the bounds of a number, which the refusal of <see cref="TooLarge"/> tells.</summary>
internal sealed partial record NumberBounds(string[] Within, string[] Outside)
{
    /// <summary>What no integer or number may be here.</summary>
    public const string TooLarge = "1e300";

    /// <summary>Null where what was refused is no number.</summary>
    public static NumberBounds? Of(CliRun refusal)
    {
        Match bounds = Bounds().Match(refusal.Error);
        if (!bounds.Success) return null;
        string least = bounds.Groups["least"].Value, most = bounds.Groups["most"].Value;
        if (bounds.Groups["kind"].Value == "an integer")
        {
            BigInteger first = BigInteger.Parse(least, CultureInfo.InvariantCulture);
            BigInteger last = BigInteger.Parse(most, CultureInfo.InvariantCulture);
            string[] outside = [$"{first - 1}", $"{last + 1}", $"{first}.5"];
            return new NumberBounds([$"{first}", $"{first + 1}", $"{last}"], outside);
        }
        double low = double.Parse(least, CultureInfo.InvariantCulture);
        double high = double.Parse(most, CultureInfo.InvariantCulture);
        string[] beyond = [Text(double.BitDecrement(low)), Text(double.BitIncrement(high))];
        return new NumberBounds([Text(low), Text(high)], beyond);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    [GeneratedRegex("expected (?<kind>an integer|a number) from (?<least>\\S+) to (?<most>[^\\s,]+)")]
    private static partial Regex Bounds();
}
