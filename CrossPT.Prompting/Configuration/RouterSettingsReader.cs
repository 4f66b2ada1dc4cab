using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads the section <c>router</c>.</summary>
internal static class RouterSettingsReader
{
    public static readonly string[] Keys =
    [
        "kind", "mode", "start", "bias", "file", "trained", "sampling", "samplePer", "temperature", "schedule", "annealRate", "temperatureFloor", "normaliser",
        "evaluationNormaliser", "topK", "threshold", "bottleneck", "attemptTemperature",
    ];

    public static RouterSettings Read(ConfigSection section)
    {
        section.Only(Keys);
        RouterSettings defaults = new();
        RouterMode mode = section.Choice("mode", "consistent-softmax", "consistent-sigmoid", "faithful") switch
        {
            "consistent-sigmoid" => RouterMode.ConsistentSigmoid,
            "faithful" => RouterMode.Faithful,
            _ => RouterMode.ConsistentSoftmax,
        };
        bool faithful = mode == RouterMode.Faithful, softmax = mode == RouterMode.ConsistentSoftmax;
        RouterStart start = section.Choice("start", "zero", "bias", "evidence", "file") switch
        {
            "bias" => RouterStart.Bias,
            "evidence" => RouterStart.Evidence,
            "file" => RouterStart.File,
            _ => RouterStart.Zero,
        };
        bool sampling = section.Boolean("sampling", faithful);
        TemperatureSchedule schedule = (faithful ? section.Choice("schedule", "linear", "constant", "exponential") : section.Choice("schedule", "constant", "linear", "exponential")) switch
        {
            "linear" => TemperatureSchedule.Linear,
            "exponential" => TemperatureSchedule.Exponential,
            _ => TemperatureSchedule.Constant,
        };
        Refuse(section, start != RouterStart.Bias, "bias", "\"start\": \"bias\"");
        Refuse(section, start != RouterStart.File, "file", "\"start\": \"file\"");
        Refuse(section, !sampling, "samplePer", "\"sampling\": true");
        Refuse(section, softmax && sampling, "sampling", "another mode than consistent-softmax, which has no noise");
        Refuse(section, !faithful, "evaluationNormaliser", "\"mode\": \"faithful\"; the others normalise alike in training and evaluation");
        foreach (string key in (ReadOnlySpan<string>)["annealRate", "temperatureFloor"]) Refuse(section, schedule == TemperatureSchedule.Constant, key, "a schedule");
        if (start == RouterStart.File) section.Require("file", "a router.json");
        RouterKind kind = section.Choice("kind", "task", "none", "uniform", "attempt") switch
        {
            "none" => RouterKind.None,
            "uniform" => RouterKind.Uniform,
            "attempt" => RouterKind.Attempt,
            _ => RouterKind.Task,
        };
        return new RouterSettings
        {
            Kind = kind,
            Mode = mode,
            Start = start,
            Bias = section.Double("bias", defaults.Bias, -1e3, 1e3),
            File = section.TryGet("file", out ConfigValue? file) ? file.AsPath() : null,
            Trained = section.Boolean("trained", true),
            // Without logits there is nothing to sample.
            Sampling = kind == RouterKind.Task ? sampling : null,
            SamplePerRow = section.Choice("samplePer", "row", "task") == "row",
            Temperature = section.Double("temperature", faithful ? 5 : defaults.Temperature, 1e-3, 1e3),
            Schedule = schedule,
            AnnealRate = section.Double("annealRate", defaults.AnnealRate, 0, 1e3),
            TemperatureFloor = section.Double("temperatureFloor", defaults.TemperatureFloor, 1e-4, 1e3),
            Normaliser = section.TryGet("normaliser", out ConfigValue? normaliser) ? ReadNormaliser(normaliser) : null,
            EvaluationNormaliser = section.TryGet("evaluationNormaliser", out ConfigValue? other) ? ReadNormaliser(other) : null,
            TopK = section.Int32("topK", 0, 0, RunConfiguration.Largest),
            Threshold = section.TryGet("threshold", out ConfigValue? threshold) ? threshold.AsDouble(-1e3, 1e3) : null,
            Bottleneck = section.Int32("bottleneck", defaults.Bottleneck, 1, RunConfiguration.Largest),
            AttemptTemperature = section.TryGet("attemptTemperature", out ConfigValue? attempt) ? attempt.AsDouble(1e-3, 1e9) : null,
        };
    }

    private static RouterNormaliser ReadNormaliser(ConfigValue value) => value.AsChoice("softmax", "sigmoid", "sum", "max", "none") switch
    {
        "sigmoid" => RouterNormaliser.Sigmoid,
        "sum" => RouterNormaliser.Sum,
        "max" => RouterNormaliser.Max,
        "none" => RouterNormaliser.None,
        _ => RouterNormaliser.Softmax,
    };

    private static void Refuse(ConfigSection section, bool refused, string key, string expected)
    {
        if (refused && section.TryGet(key, out ConfigValue? value) && !(value.Kind == ConfigKind.Boolean && !value.AsBoolean()))
            throw new ConfigurationException(value.Place, $"{value.Key} without effect, expected it beside {expected}");
    }
}
