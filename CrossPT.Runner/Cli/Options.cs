using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using CrossPT.Runner.Devices;

namespace CrossPT.Runner.Cli;

/// <summary>Options and arguments as commands declare them; a wrong value is refused as the line is parsed.</summary>
internal static class Options
{
    /// <summary>An option without a value.</summary>
    public static Option<bool> Flag(string name, string help)
    {
        Option<bool> flag = Make(name, null, help, static _ => true);
        flag.Arity = ArgumentArity.Zero;
        return flag;
    }

    /// <param name="name">With its dashes, in kebab-case.</param>
    /// <param name="value">Name of the value in the help.</param>
    /// <param name="help">A one-line description.</param>
    public static Option<string> Text(string name, string value, string help) =>
        Make(name, value, help, static result => ReadText(result));

    /// <summary>Text that may begin with dashes, as options of another program do.</summary>
    public static Option<string> TextWithDashes(string name, string value, string help) =>
        Make(name, value, help, static result => result.Tokens[0].Value);

    /// <summary>An option that may be given more than once.</summary>
    public static Option<string[]> Texts(string name, string value, string help) =>
        Make(name, value, help, static result => ReadTexts(result));

    public static Option<int> Int32(string name, string value, string help, int minimum, int maximum) => Make(
        name, value, help, result => ReadNumber(result, NumberStyles.AllowLeadingSign, "an integer", minimum, maximum));

    /// <summary>A finite number.</summary>
    public static Option<double> Double(string name, string value, string help, double minimum, double maximum) => Make(
        name, value, help, result => ReadNumber(result, NumberStyles.Float, "a number", minimum, maximum));

    /// <summary>One of some words.</summary>
    public static Option<string> Choice(string name, string help, params string[] words) =>
        Make(name, string.Join('|', words), help, result =>
        {
            string? text = ReadText(result);
            if (text is null || words.Contains(text)) return text;
            return Refuse<string>(result, $"'{text}'", $"one of {string.Join(", ", words)}");
        }).Offers(words);

    public static Argument<string> Argument(string name, string help) => new(name)
    {
        Description = help,
        CustomParser = static result => ReadText(result),
    };

    public static Argument<string> Optional(this Argument<string> argument)
    {
        argument.Arity = ArgumentArity.ZeroOrOne;
        return argument;
    }

    /// <summary>One or more arguments.</summary>
    public static Argument<string[]> Arguments(string name, string help) => new(name)
    {
        Description = help,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = static result => ReadTexts(result),
    };

    public static Option<T> Required<T>(this Option<T> option)
    {
        option.Required = true;
        return option;
    }

    public static Option<T> Default<T>(this Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option.Otherwise(FormattableString.Invariant($"{value}"));
    }

    /// <summary>Says in the help what holds without the option, where that is no value of its own.</summary>
    public static Option<T> Otherwise<T>(this Option<T> option, string text)
    {
        option.Description += $" (default: {text})";
        return option;
    }

    /// <summary>Words that completion offers.</summary>
    public static Option<T> Offers<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>Words that completion offers.</summary>
    public static Argument<T> Offers<T>(this Argument<T> argument, params string[] words)
    {
        argument.CompletionSources.Add(words);
        return argument;
    }

    private static Option<T> Make<T>(string name, string? value, string help, Func<ArgumentResult, T?> read) =>
        new(name) { HelpName = value, Description = help, CustomParser = read };

    private static T ReadNumber<T>(ArgumentResult result, NumberStyles style, string kind, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        if (ReadText(result) is not { } text) return default;
        bool isNumber = T.TryParse(text, style, CultureInfo.InvariantCulture, out T number);
        if (isNumber && number >= minimum && number <= maximum) return number;
        return Refuse<T>(result, $"'{text}'", $"{kind} from {minimum} to {maximum}");
    }

    /// <summary>What was given; null and an error where it is empty, or where an option stands in its place.</summary>
    private static string? ReadText(ArgumentResult result) => ReadTexts(result)?[0];

    private static string[]? ReadTexts(ArgumentResult result)
    {
        string[] texts = [.. result.Tokens.Select(static token => token.Value)];
        if (texts.Contains("")) return Refuse<string[]>(result, "nothing", $"a value");
        if (result.Parent is not OptionResult { Option: { } option }) return texts;
        if (!texts.Any(static text => text.StartsWith("--", StringComparison.Ordinal))) return texts;
        result.AddError($"{option.Name}: no value, expected {option.Name} {option.HelpName}");
        return null;
    }

    private static T? Refuse<T>(ArgumentResult result, string found, FormattableString expected)
    {
        string name = result.Parent is OptionResult { Option: { } option } ? option.Name : result.Argument.Name;
        result.AddError($"{name}: found {found}, expected {FormattableString.Invariant(expected)}");
        return default;
    }
}

/// <summary><c>--version</c>: version and back ends.</summary>
internal sealed class VersionWriter : SynchronousCommandLineAction
{
    public static string Version => typeof(VersionWriter).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult line)
    {
        CommandContext context = (CommandContext)line.InvocationConfiguration;
        if (!context.IsJson)
        {
            context.Text.WriteLine($"crosspt {Version} (back ends: {string.Join(", ", DeviceTable.Backends)})");
            return ExitCode.Done;
        }
        context.WriteJson(static json =>
        {
            json.WriteString("version", Version);
            json.WriteStartArray("backends");
            foreach (string name in DeviceTable.Backends) json.WriteStringValue(name);
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
