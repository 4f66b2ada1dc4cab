using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Tests.Configuration;

/// <summary>Values around the bounds of a number, which the refusal of <see cref="TooLarge"/> tells.</summary>
internal sealed partial record NumberBounds(string[] Within, string[] Outside)
{
    /// <summary>What no integer or number may be here.</summary>
    public const string TooLarge = "1e300";

    /// <summary>By what a refusal says; null where what was refused is no number.</summary>
    public static NumberBounds? Of(CliRun refusal)
    {
        Match bounds = Bounds().Match(refusal.Error);
        if (!bounds.Success) return null;
        bool isInteger = bounds.Groups["kind"].Value == "an integer";
        return Around(bounds.Groups["least"].Value, bounds.Groups["most"].Value, isInteger);
    }

    /// <summary>By what a record declares; null where the setting is no number, or has a format of its own.</summary>
    public static NumberBounds? Of(Setting setting)
    {
        Type type = setting.Type.Type;
        bool isNumber = type == typeof(int) || type == typeof(long) || type == typeof(double);
        if (setting.Format is not null || !isNumber) return null;
        Assert.True(setting.Range is not null, $"{setting.Name} has no range");
        string least = string.Create(CultureInfo.InvariantCulture, $"{setting.Range.Minimum}");
        string most = string.Create(CultureInfo.InvariantCulture, $"{setting.Range.Maximum}");
        return Around(least, type == typeof(long) ? $"{long.MaxValue}" : most, type != typeof(double));
    }

    private static NumberBounds Around(string least, string most, bool isInteger)
    {
        if (isInteger)
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
