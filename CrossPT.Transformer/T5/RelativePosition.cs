using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// T5's relative position bias (Raffel et al. 2020, section 2.1): distances share buckets, one each while small, wider and wider up to a largest
/// distance; each head learns a number a bucket.
/// </summary>
internal sealed class RelativePosition(T5Config config, Variable table, bool bidirectional, IBackend backend) : IDisposable
{
    private Tensor? _buckets;
    private int _reach = -1;

    /// <summary>The bias of an attention over sequences of at most <paramref name="longest"/> positions.</summary>
    public PositionBiasVariable For(int longest)
    {
        // An empty batch has no longest sequence, and needs a table all the same.
        if (_buckets is null || longest - 1 > _reach)
        {
            // Grown by doubling: a step with a longer batch must not rebuild it every time.
            int reach = Math.Max(longest - 1, Math.Max(127, 2 * _reach));
            int[] buckets = new int[(2 * reach) + 1];
            for (int i = 0; i < buckets.Length; i++) buckets[i] = Bucket(i - reach, bidirectional, config.RelativeBuckets, config.RelativeMaxDistance);
            Tensor grown = TensorScope.Detach(TensorData.FromInt32(backend, buckets, buckets.Length));
            // Only now: without memory for the new table the old one stays.
            _buckets?.Dispose();
            (_buckets, _reach) = (grown, reach);
        }
        return new PositionBiasVariable(table, _buckets, _reach);
    }

    /// <summary>
    /// The bucket of a key <paramref name="distance"/> positions after its query. Two-directional: half of the buckets for later keys; one-directional
    /// (decoder): later keys share bucket 0 with the query itself.
    /// </summary>
    /// <remarks>The logarithm is taken in float32, as in the reference, so that distances at a border fall on the same side.</remarks>
    public static int Bucket(int distance, bool bidirectional, int buckets, int largest)
    {
        int first = 0;
        if (bidirectional)
        {
            buckets /= 2;
            if (distance > 0) first = buckets;
            distance = Math.Abs(distance);
        }
        else
        {
            distance = -Math.Min(distance, 0);
        }
        int exact = buckets / 2;
        if (distance < exact) return first + distance;
        float share = MathF.Log((float)distance / exact) / (float)Math.Log((double)largest / exact);
        return first + Math.Min(buckets - 1, exact + (int)(share * (buckets - exact)));
    }

    public void Dispose() => _buckets?.Dispose();
}
