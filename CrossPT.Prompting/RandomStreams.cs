using System.Text;
using CrossPT.Tensors;

namespace CrossPT.Prompting;

/// <summary>
/// A stream of random numbers for each use, by name: what one part draws does not move what another draws, and adding a
/// task leaves the shots of the others as they were.
/// </summary>
internal static class RandomStreams
{
    /// <summary>The stream of a purpose, a name within it and a number: FNV-1a over all three.</summary>
    public static ulong Of(string purpose, string name = "", ulong number = 0)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes($"{purpose}\0{name}\0{number}"))
            hash = unchecked((hash ^ b) * 0x100000001B3);
        return hash;
    }
}

/// <summary>Random first values of parameters.</summary>
internal static class RandomValues
{
    /// <summary>Normal numbers of mean 0.</summary>
    public static float[] Gaussians(CounterRandom random, int count, double deviation)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(deviation * random.NextGaussian());
        return values;
    }

    /// <summary>Uniform in [−bound, bound).</summary>
    public static float[] Uniform(CounterRandom random, int count, double bound)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(bound * ((2 * random.NextDouble()) - 1));
        return values;
    }
}
