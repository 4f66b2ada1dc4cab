using System.Globalization;

namespace CrossPT.Prompting.Routing;

/// <summary>How a router's temperature goes over the steps.</summary>
internal static class Annealing
{
    /// <summary>τ at a step, counted from 0.</summary>
    public static double At(RouterSettings settings, int step) => settings.Schedule switch
    {
        TemperatureSchedule.Linear => Math.Max(settings.TemperatureFloor, settings.Temperature - (settings.AnnealRate * step)),
        TemperatureSchedule.Exponential => Math.Max(settings.TemperatureFloor, settings.Temperature * Math.Exp(-settings.AnnealRate * step)),
        _ => settings.Temperature,
    };

    /// <summary>
    /// A sentence where τ is at its floor before the last step, else null: from there samples are all but 0 or 1, and the router gets a gradient of
    /// nearly always 0.
    /// </summary>
    public static string? Warning(RouterSettings settings, int steps)
    {
        if (settings.Schedule == TemperatureSchedule.Constant) return null;
        for (int step = 0; step < steps - 1; step++)
        {
            if (At(settings, step) > settings.TemperatureFloor) continue;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the router's temperature is at its floor {settings.TemperatureFloor} from step {step} of {steps}, where it hardly learns any more; "
                + $"a lower router.annealRate would reach it at the end");
        }
        return null;
    }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public static void Check(RouterSettings settings)
    {
        if (!(settings.Temperature > 0) || !double.IsFinite(settings.Temperature)) throw Refused("temperature", settings.Temperature, "above 0");
        if (settings.Schedule == TemperatureSchedule.Constant) return;
        if (!(settings.AnnealRate > 0) || !double.IsFinite(settings.AnnealRate)) throw Refused("annealing rate", settings.AnnealRate, "above 0");
        if (!(settings.TemperatureFloor > 0) || settings.TemperatureFloor > settings.Temperature)
        {
            string expected = FormattableString.Invariant($"above 0 and up to the temperature {settings.Temperature}");
            throw Refused("temperature floor", settings.TemperatureFloor, expected);
        }
    }

    private static ArgumentException Refused(string what, double value, string expected)
        => new(FormattableString.Invariant($"The router has a {what} of {value}, expected {expected}."));
}
