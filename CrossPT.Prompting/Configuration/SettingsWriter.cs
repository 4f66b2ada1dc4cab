using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Configuration;

/// <summary>Writes the sections <c>prompt</c> and <c>router</c>: what the method takes and what has an effect, so that the readers take it again.</summary>
internal sealed class SettingsWriter(Utf8JsonWriter json, MethodDefinition method)
{
    public void Write(PromptSettings prompt)
    {
        json.WriteStartObject("prompt");
        if (prompt.Length is { } length) Number("prompt.length", length);
        Word("prompt.position", prompt.Position);
        Word("prompt.composition", prompt.Composition);
        Word("prompt.sourceScale", prompt.Sources.Scale);
        if (method.Takes("prompt.sources.form"))
        {
            json.WriteStartObject("sources");
            if (method.Takes("prompt.sources.trained")) json.WriteBoolean("trained", prompt.Sources.Trained);
            WriteForm("prompt.sources", prompt.Sources.Form);
            WriteStart(prompt.Sources.Start);
            json.WriteEndObject();
        }
        if (method.Takes("prompt.private.start")) Write("prompt.private", prompt.Private);
        if (prompt.Target is { } target && method.Takes("prompt.target.start")) Write("prompt.target", target);
        if (prompt.UpdateRank > 0) Number("prompt.updateRank", prompt.UpdateRank);
        json.WriteEndObject();
    }

    public void Write(RouterSettings router)
    {
        json.WriteStartObject("router");
        Word("router.mode", router.Mode);
        Word("router.start", router.Start);
        if (router.Start == RouterStart.Bias) Number("router.bias", router.Bias);
        if (router is { Start: RouterStart.File, File: { } file }) json.WriteString("file", Path.GetFullPath(file));
        if (method.Takes("router.trained")) json.WriteBoolean("trained", router.Trained);
        if (method.Takes("router.sampling") && router.Mode != RouterMode.ConsistentSoftmax) json.WriteBoolean("sampling", router.Sampling ?? router.Mode == RouterMode.Faithful);
        if (router.Sampling == true && method.Takes("router.samplePer")) json.WriteString("samplePer", router.SamplePerRow ? "row" : "task");
        Number("router.temperature", router.Temperature);
        Word("router.schedule", router.Schedule);
        if (router.Schedule != TemperatureSchedule.Constant)
        {
            Number("router.annealRate", router.AnnealRate);
            Number("router.temperatureFloor", router.TemperatureFloor);
        }
        if (router.Normaliser is { } normaliser) Word("router.normaliser", normaliser);
        if (router is { Mode: RouterMode.Faithful, EvaluationNormaliser: { } other }) Word("router.evaluationNormaliser", other);
        Number("router.topK", router.TopK);
        if (router.Threshold is { } threshold) Number("router.threshold", threshold);
        Number("router.bottleneck", router.Bottleneck);
        if (router.AttemptTemperature is { } temperature) Number("router.attemptTemperature", temperature);
        json.WriteEndObject();
    }

    /// <summary>A name of the code as configurations spell it: <c>MeanPool</c> is <c>mean-pool</c>.</summary>
    public static string Spell<T>(T value)
        where T : struct, Enum
    {
        StringBuilder word = new();
        foreach (char c in value.ToString())
        {
            if (char.IsUpper(c) && word.Length > 0) word.Append('-');
            word.Append(char.ToLowerInvariant(c));
        }
        return word.ToString();
    }

    private void Write(string section, PrivateSettings settings)
    {
        json.WriteStartObject(section[(section.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        Word($"{section}.role", settings.Role);
        WriteForm(section, settings.Form);
        WriteStart(settings.Start);
        if (settings.Role == PrivateRole.Added)
        {
            Word($"{section}.combine", settings.Combination);
            if (method.Takes($"{section}.share"))
            {
                if (settings.Share == ShareKind.Fixed) json.WriteNumber("share", settings.FixedShare);
                else json.WriteString("share", Spell(settings.Share));
            }
        }
        json.WriteEndObject();
    }

    private void WriteForm(string section, FormSettings form)
    {
        Word($"{section}.form", form.Form);
        if (form.Rank is { } rank) Number($"{section}.rank", rank);
        if (form.Form is not (PromptForm.Mlp or PromptForm.ResidualMlp)) return;
        if (form.Hidden is { } hidden) Number($"{section}.hidden", hidden);
        Number($"{section}.layers", form.Layers);
        Word($"{section}.activation", form.Activation);
    }

    private void WriteStart(StartSettings start)
    {
        switch (start.Kind)
        {
            case PromptStart.Text: WriteStart("text", start.Text!); break;
            case PromptStart.File: WriteStart("file", Path.GetFullPath(start.File!)); break;
            case PromptStart.Source: WriteStart("source", start.Source!); break;
            case PromptStart.Tuned:
                json.WriteStartObject("start");
                json.WriteBoolean("tuned", true);
                json.WriteEndObject();
                break;
            default: json.WriteString("start", Spell(start.Kind)); break;
        }
    }

    private void WriteStart(string kind, string value)
    {
        json.WriteStartObject("start");
        json.WriteString(kind, value);
        json.WriteEndObject();
    }

    private void Word<T>(string key, T value)
        where T : struct, Enum
    {
        if (method.Takes(key)) json.WriteString(key[(key.LastIndexOf('.') + 1)..], Spell(value));
    }

    private void Number(string key, double value)
    {
        if (method.Takes(key)) json.WriteNumber(key[(key.LastIndexOf('.') + 1)..], value);
    }
}
