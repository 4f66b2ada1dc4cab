using CrossPT.Transformer;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace CrossPT.TorchPeer;

/// <summary>
/// T5 v1.0 as PyTorch users run it: the operations of Hugging Face's eager model over padded batches, the weights
/// frozen. Sizes by letter: B examples, T positions, H model width, N heads, D head width, V vocabulary.
/// </summary>
/// <param name="config">A configuration with ReLU and a tied head.</param>
/// <param name="weight">A weight by its checkpoint name and sizes.</param>
/// <param name="fused">
/// scaled_dot_product_attention in place of product, softmax and product.
/// </param>
internal sealed class TorchT5(T5Config config, Func<string, long[], Tensor> weight, bool fused)
{
    private const string AttentionBias = "layer.0.SelfAttention.relative_attention_bias.weight";

    private readonly Tensor _embedding = weight("shared.weight", [config.VocabularySize, config.ModelWidth]);
    private readonly Tensor _encoderBias =
        weight($"encoder.block.0.{AttentionBias}", [config.RelativeBuckets, config.Heads]);
    private readonly Tensor _decoderBias =
        weight($"decoder.block.0.{AttentionBias}", [config.RelativeBuckets, config.Heads]);
    private readonly Dictionary<string, Tensor> _weights = [];

    /// <summary>Mean cross-entropy of labels [B, U] after a prompt [P, H] and ids [B, T].</summary>
    /// <param name="prompt">[P, H], before every source.</param>
    /// <param name="ids">[B, T], padded.</param>
    /// <param name="mask">[B, P + T], 0 at padded positions.</param>
    /// <param name="labels">[B, U].</param>
    public Tensor Loss(Tensor prompt, Tensor ids, Tensor mask, Tensor labels)
    {
        Tensor logits = Decode(Encode(prompt, ids, mask), mask, labels);
        return F.cross_entropy(logits.view(-1, config.VocabularySize), labels.reshape(-1));
    }

    /// <summary>Log-likelihoods [B, K] of K labels, each [U]: every source encoded once.</summary>
    public Tensor Rank(Tensor prompt, Tensor ids, Tensor mask, IReadOnlyList<Tensor> labels)
    {
        Tensor states = Encode(prompt, ids, mask);
        return stack(labels.Select(label =>
        {
            Tensor targets = label.unsqueeze(0).expand(ids.shape[0], -1);
            Tensor likelihoods = F.log_softmax(Decode(states, mask, targets), -1);
            return likelihoods.gather(2, targets.unsqueeze(2)).squeeze(2).sum(1);
        }), 1);
    }

    /// <summary>Encoder states [B, P + T, H].</summary>
    private Tensor Encode(Tensor prompt, Tensor ids, Tensor mask)
    {
        Tensor x = cat([prompt.unsqueeze(0).expand(ids.shape[0], -1, -1), _embedding[ids]], 1);
        Tensor bias = Bias(_encoderBias, x.shape[1], bidirectional: true) + Padded(mask, x);
        for (int i = 0; i < config.EncoderLayers; i++)
        {
            x = Attention($"encoder.block.{i}.layer.0", "SelfAttention", x, null, bias);
            x = FeedForward($"encoder.block.{i}.layer.1", x);
        }
        return Norm("encoder.final_layer_norm", x);
    }

    /// <summary>Logits [B, U, V] of labels [B, U].</summary>
    private Tensor Decode(Tensor states, Tensor mask, Tensor labels)
    {
        long batch = labels.shape[0], targets = labels.shape[1];
        Tensor start = full([batch, 1], config.DecoderStartId, int64);
        Tensor y = _embedding[cat([start, labels.slice(1, 0, targets - 1, 1)], 1)];
        Tensor causal = triu(full([targets, targets], -1e30f), 1).to(y.dtype);
        Tensor decoderBias = Bias(_decoderBias, targets, bidirectional: false) + causal;
        for (int i = 0; i < config.DecoderLayers; i++)
        {
            string block = $"decoder.block.{i}.layer";
            y = Attention($"{block}.0", "SelfAttention", y, null, decoderBias);
            y = Attention($"{block}.1", "EncDecAttention", y, states, Padded(mask, y));
            y = FeedForward($"{block}.2", y);
        }
        y = Norm("decoder.final_layer_norm", y) * Math.Pow(config.ModelWidth, -0.5);
        return F.linear(y, _embedding).to(float32);
    }

    /// <summary>[B, 1, 1, P + T]: what keeps attention off the padding.</summary>
    private static Tensor Padded(Tensor mask, Tensor x) => (1 - mask).unsqueeze(1).unsqueeze(1).to(x.dtype) * -1e30f;

    /// <summary>x + O·attention(norm(x)), over the states where there are such.</summary>
    private Tensor Attention(string path, string name, Tensor x, Tensor? states, Tensor bias)
    {
        int h = config.ModelWidth, width = config.AttentionWidth;
        Tensor normed = Norm($"{path}.layer_norm", x), source = states ?? normed;
        Tensor q = Heads(F.linear(normed, Weight($"{path}.{name}.q.weight", width, h)));
        Tensor k = Heads(F.linear(source, Weight($"{path}.{name}.k.weight", width, h)));
        Tensor v = Heads(F.linear(source, Weight($"{path}.{name}.v.weight", width, h)));
        // T5 does not scale scores; the fused attention divides by √D.
        Tensor attended = fused
            ? F.scaled_dot_product_attention(q * Math.Sqrt(config.HeadWidth), k, v, bias)
            : matmul(F.softmax(matmul(q, k.transpose(2, 3)) + bias, -1), v);
        Tensor joined = attended.transpose(1, 2).reshape(x.shape[0], -1, width);
        return x + F.linear(joined, Weight($"{path}.{name}.o.weight", h, width));
    }

    private Tensor FeedForward(string path, Tensor x)
    {
        int h = config.ModelWidth, f = config.FeedForwardWidth;
        Tensor hidden = F.linear(Norm($"{path}.layer_norm", x), Weight($"{path}.DenseReluDense.wi.weight", f, h));
        return x + F.linear(F.relu(hidden), Weight($"{path}.DenseReluDense.wo.weight", h, f));
    }

    private Tensor Norm(string path, Tensor x)
    {
        Tensor variance = x.to(float32).pow(2).mean([-1], keepdim: true);
        return Weight($"{path}.weight", config.ModelWidth) * (x * rsqrt(variance + config.Epsilon)).to(x.dtype);
    }

    /// <summary>[B, T, N·D] → [B, N, T, D].</summary>
    private Tensor Heads(Tensor x) =>
        x.view(x.shape[0], -1, config.Heads, config.HeadWidth).transpose(1, 2);

    /// <summary>[1, N, T, T]: the bias of each relative position's bucket.</summary>
    private Tensor Bias(Tensor table, long length, bool bidirectional)
    {
        Tensor positions = arange(length);
        Tensor distance = positions.unsqueeze(0) - positions.unsqueeze(1);
        long buckets = config.RelativeBuckets;
        Tensor first = zeros_like(distance);
        if (bidirectional)
        {
            buckets /= 2;
            first = (distance > 0).to(int64) * buckets;
            distance = distance.abs();
        }
        else
        {
            distance = -minimum(distance, zeros_like(distance));
        }
        long exact = buckets / 2;
        Tensor share = log(distance.to(float32) / exact) / Math.Log((double)config.RelativeMaxDistance / exact);
        Tensor far = minimum(exact + (share * (buckets - exact)).to(int64), full_like(distance, buckets - 1));
        return table[first + where(distance < exact, distance, far)].permute(2, 0, 1).unsqueeze(0);
    }

    private Tensor Weight(string name, params long[] sizes)
    {
        // Made where it is first needed, inside the scope of a step, which it outlives.
        if (!_weights.TryGetValue(name, out Tensor? found))
            _weights[name] = found = weight(name, sizes).DetachFromDisposeScope();
        return found;
    }
}
