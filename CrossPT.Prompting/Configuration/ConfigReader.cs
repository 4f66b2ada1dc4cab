using System.Text;
using System.Text.Json;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads a configuration: JSON with comments and trailing commas, every value with its place.</summary>
public static class ConfigReader
{
    private const int LargestFile = 4 << 20;

    private static readonly JsonReaderOptions s_options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads a file and lays overrides over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Each <c>path=value</c>: a JSON value, else a string.</param>
    /// <exception cref="ConfigurationException">
    /// The file cannot be read, is not such JSON, or an override does not fit it.
    /// </exception>
    public static ConfigValue ReadFile(string path, params IEnumerable<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(overrides);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        ConfigValue root = Read(ReadBytes(path), path, folder);
        root.AsSection();
        return ConfigOverride.Apply(root, overrides);
    }

    /// <summary>Reads a configuration from memory.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="folder">Folder its paths start from.</param>
    public static ConfigValue Read(ReadOnlySpan<byte> json, string name, string folder)
    {
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        Builder builder = new(json, folder, "", offset => $"{name}:{offset}");
        return builder.Read();
    }

    /// <summary>Reads the value of an override, all of it standing at one place.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    internal static ConfigValue ReadValue(string text, string key, string place, string folder)
    {
        Builder builder = new(Encoding.UTF8.GetBytes(text), folder, key, _ => place);
        return builder.ReadStrictly();
    }

    private static byte[] ReadBytes(string path)
    {
        if (Directory.Exists(path))
            throw new ConfigurationException(path, "is a folder, expected a configuration file");
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            // Not by its length: a pipe has none.
            byte[] bytes = new byte[LargestFile + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > LargestFile)
            {
                throw new ConfigurationException(
                    path, $"has more than {LargestFile >> 20} MB, expected a configuration");
            }
            if (ForeignFile.Explain(bytes.AsSpan(0, length), FileContent.Json) is { } foreign)
                throw new ConfigurationException(path, foreign);
            return bytes[..length];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException(path, "no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException(path, $"cannot be read ({error.Reason()})", error);
        }
    }

    private ref struct Builder(ReadOnlySpan<byte> json, string folder, string rootKey, Func<string, string> place)
    {
        private readonly ReadOnlySpan<byte> _json = json;
        private Utf8JsonReader _reader = new(json, s_options);
        private int _counted;
        private int _line = 1;
        private int _column = 1;

        public ConfigValue Read()
        {
            try
            {
                return ReadStrictly();
            }
            catch (JsonException error)
            {
                // The reader counts from 0 and columns in bytes, which only matters to the eye.
                string where = place($"{(error.LineNumber ?? 0) + 1}:{(error.BytePositionInLine ?? 0) + 1}");
                throw new ConfigurationException(where, $"not valid JSON ({Reason(error)})", error);
            }
            catch (InvalidOperationException error)
            {
                throw new ConfigurationException(Place(), "the text is not UTF-8, or an escape is no character", error);
            }
        }

        public ConfigValue ReadStrictly()
        {
            _reader.Read();
            ConfigValue root = ReadValue(rootKey);
            _reader.Read();
            return root;
        }

        private ConfigValue ReadValue(string key)
        {
            string where = Place();
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    ConfigValue section = new(ConfigKind.Section, "", key, where, folder);
                    ReadMembers(section);
                    return section;
                case JsonTokenType.StartArray:
                    ConfigValue list = new(ConfigKind.List, "", key, where, folder);
                    while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                        list.Elements.Add(ReadValue(ConfigPath.Join(key, list.Elements.Count)));
                    return list;
                case JsonTokenType.String:
                    return new ConfigValue(ConfigKind.String, _reader.GetString()!, key, where, folder);
                case JsonTokenType.Number:
                    string digits = Encoding.UTF8.GetString(_reader.ValueSpan);
                    return new ConfigValue(ConfigKind.Number, digits, key, where, folder);
                case JsonTokenType.True:
                    return new ConfigValue(ConfigKind.Boolean, "true", key, where, folder);
                case JsonTokenType.False:
                    return new ConfigValue(ConfigKind.Boolean, "false", key, where, folder);
                default:
                    return new ConfigValue(ConfigKind.Null, "", key, where, folder);
            }
        }

        private void ReadMembers(ConfigValue section)
        {
            HashSet<string> names = [];
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
            {
                string name = _reader.GetString()!;
                string key = ConfigPath.Join(section.Key, name);
                if (!names.Add(name)) throw new ConfigurationException(Place(), $"{key}: given twice");
                _reader.Read();
                section.Members.Add((name, ReadValue(key)));
            }
        }

        /// <summary>Line and column of the token at hand; tokens come in order, so each byte is counted once.</summary>
        private string Place()
        {
            int offset = (int)_reader.TokenStartIndex;
            foreach (byte b in _json[_counted..offset])
            {
                if (b == '\n')
                {
                    _line++;
                    _column = 1;
                }
                // Bytes 10xxxxxx continue a character.
                else if ((b & 0xC0) != 0x80) _column++;
            }
            _counted = offset;
            return place($"{_line}:{_column}");
        }

        private static string Reason(JsonException error)
        {
            int end = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            return (end < 0 ? error.Message : error.Message[..end]).TrimEnd('.');
        }
    }
}
