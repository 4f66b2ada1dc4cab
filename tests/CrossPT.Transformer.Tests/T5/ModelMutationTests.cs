using System.Diagnostics;
using System.Text;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// Model folders damaged in thousands of ways load, or are refused by the exceptions that say so, and never take more
/// memory than their size allows.
/// </summary>
public sealed class ModelMutationTests : IDisposable
{
    private static readonly string[] s_keys =
    [
        "d_ff", "d_kv", "d_model", "decoder_start_token_id", "dropout_rate", "eos_token_id", "feed_forward_proj",
        "initializer_factor", "layer_norm_epsilon",
        "model_type", "num_decoder_layers", "num_heads", "num_layers", "pad_token_id",
        "relative_attention_max_distance", "relative_attention_num_buckets",
        "tie_word_embeddings", "vocab_size",
    ];

    private static readonly string[] s_values =
    [
        "0", "1", "2", "4", "7", "16", "31", "33", "64", "100", "127", "129", "1000", "4096", "16384", "65536",
        "131072", "524288", "16777216", "16777217", "-1",
        "2147483647", "2147483648", "9223372036854775807", "1e308", "1e-308", "0.5", "true", "false", "null",
        "\"relu\"", "\"gated-gelu\"", "\"mt5\"", "\"\"", "[]", "{}",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-mutation-");
    private readonly CpuBackend _cpu = new(1);
    private readonly CountingBackend _backend;

    public ModelMutationTests() => _backend = new CountingBackend(_cpu);

    // Every key by itself first, each with every value.
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Load_OneValueOfTheConfigurationChanged_LoadsOrIsRefused(string fixture)
    {
        byte[] config = Copy(fixture);
        int loaded = 0, tried = 0;
        foreach (string key in s_keys)
        {
            foreach (string value in s_values)
            {
                loaded += Try(WithValue(config, key, value), $"{key} = {value}") ? 1 : 0;
                tried++;
            }
        }
        Assert.InRange(loaded, 20, tried / 2);
    }

    [Theory]
    [InlineData("tiny_v10", 1)]
    [InlineData("tiny_v11", 2)]
    public void Load_SeveralValuesOfTheConfigurationChanged_LoadsOrIsRefused(string fixture, int seed)
    {
        byte[] config = Copy(fixture);
        System.Random random = new(seed);
        for (int i = 0; i < 800; i++)
        {
            byte[] changed = config;
            for (int times = random.Next(2, 6); times > 0; times--)
                changed = WithValue(
                    changed, s_keys[random.Next(s_keys.Length)], s_values[random.Next(s_values.Length)]);
            Try(changed, $"seed {seed}, number {i}");
        }
    }

    [Theory]
    [InlineData("tiny_v10", 3)]
    [InlineData("tiny_v11", 4)]
    public void Load_BytesOfTheConfigurationChanged_LoadsOrIsRefused(string fixture, int seed)
    {
        byte[] config = Copy(fixture);
        System.Random random = new(seed);
        int loaded = 0;
        for (int i = 0; i < 800; i++)
            loaded += Try(Damage(config, config.Length, random), $"seed {seed}, number {i}") ? 1 : 0;
        Assert.InRange(loaded, 20, 780);
    }

    // The header of the weights, where names, types, shapes and places stand.
    [Theory]
    [InlineData("tiny_v10", 5)]
    [InlineData("tiny_v11", 6)]
    public void Load_ConfigurationAndCheckpointChanged_LoadsOrIsRefused(string fixture, int seed)
    {
        byte[] config = Copy(fixture);
        string file = Path.Combine(_folder.FullName, "model.safetensors");
        byte[] weights = File.ReadAllBytes(file);
        int header = 8 + (int)BitConverter.ToInt64(weights);
        System.Random random = new(seed);
        for (int i = 0; i < 300; i++)
        {
            File.WriteAllBytes(file, Damage(weights, header, random));
            byte[] changed = random.Next(2) == 0
                ? config
                : WithValue(config, s_keys[random.Next(s_keys.Length)], s_values[random.Next(s_values.Length)]);
            Try(changed, $"seed {seed}, number {i}");
        }
    }

    // The narrowest matrices are those that packing blows up most.
    [Theory]
    [InlineData(
        """
            {"d_model": 1, "d_kv": 1, "num_heads": 1, "d_ff": 1, "vocab_size": 2, "num_layers": 4096,
            "num_decoder_layers": 4096}
            """)]
    [InlineData(
        """
            {"d_model": 1, "d_kv": 1, "num_heads": 4096, "d_ff": 1, "vocab_size": 2, "num_layers": 1,
            "num_decoder_layers": 16}
            """)]
    [InlineData(
        """
            {"d_model": 1, "d_kv": 1, "num_heads": 4096, "d_ff": 1, "vocab_size": 2, "num_layers": 1,
            "relative_attention_num_buckets": 65536, "relative_attention_max_distance": 65536}
            """)]
    [InlineData("""{"d_model": 1, "d_kv": 1, "num_heads": 1, "d_ff": 400000, "vocab_size": 2, "num_layers": 1}""")]
    [InlineData("""{"d_model": 131072, "d_kv": 1, "num_heads": 1, "d_ff": 1, "vocab_size": 2, "num_layers": 1}""")]
    public void Load_ConfigurationMadeToTakeMemory_IsRefused(string config)
    {
        Copy("tiny_v10");
        Assert.False(Try(Encoding.UTF8.GetBytes(config), config));
    }

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    private byte[] Copy(string fixture)
    {
        File.Copy(
            Fixture.PathOf(fixture, "model.safetensors"), Path.Combine(_folder.FullName, "model.safetensors"),
            overwrite: true);
        byte[] config = File.ReadAllBytes(Fixture.PathOf(fixture, "config.json"));
        Assert.True(Try(config, "unchanged"));
        return config;
    }

    private bool Try(byte[] config, string what)
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "config.json"), config);
        long size = config.Length + new FileInfo(Path.Combine(_folder.FullName, "model.safetensors")).Length;
        long start = Stopwatch.GetTimestamp(), managed = GC.GetAllocatedBytesForCurrentThread();
        _backend.Bytes = 0;
        bool loaded;
        try
        {
            T5Model.Load(_folder.FullName, _backend).Dispose();
            loaded = true;
        }
        catch (Exception error) when (error is T5FormatException or TensorFileException)
        {
            Assert.True(
                error.Message.Length < 20_000 && !error.Message.Any(char.IsControl), $"{what}: {error.Message}");
            loaded = false;
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{what}: {Encoding.Latin1.GetString(config)}", error);
        }
        long bytes = _backend.Bytes + GC.GetAllocatedBytesForCurrentThread() - managed;
        Assert.True(bytes <= (64L << 20) + (4 * size), $"{what}: {bytes} bytes for files of {size}");
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), $"{what} took too long");
        Assert.Equal(0, _cpu.UsedBytes);
        return loaded;
    }

    /// <summary>The value after a key exchanged; the key is added where it is missing.</summary>
    private static byte[] WithValue(byte[] config, string key, string value)
    {
        string text = Encoding.Latin1.GetString(config);
        int at = text.IndexOf($"\"{key}\":", StringComparison.Ordinal);
        if (at < 0) return Encoding.Latin1.GetBytes($"{{\"{key}\": {value}, {text[(text.IndexOf('{') + 1)..]}");
        int from = at + key.Length + 3, to = text.IndexOfAny([',', '\n'], from);
        return Encoding.Latin1.GetBytes($"{text[..from]} {value}{text[to..]}");
    }

    private static byte[] Damage(byte[] valid, int within, System.Random random)
    {
        List<byte> bytes = [.. valid];
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(Math.Min(within, bytes.Count));
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)"0123456789,:{}[]\"-e. "[random.Next(21)]); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 4 when random.Next(8) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                default:
                    int digit = bytes.FindIndex(at, static b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit < 0 || digit >= within) break;
                    bytes.RemoveAt(digit);
                    bytes.InsertRange(digit, Encoding.ASCII.GetBytes(s_values[random.Next(26)]));
                    break;
            }
            if (bytes.Count == 0) bytes.Add(0);
        }
        return [.. bytes];
    }
}
