using CrossPT.Tensors;

namespace CrossPT.Prompting;

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
