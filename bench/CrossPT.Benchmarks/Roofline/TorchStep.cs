using CrossPT.Transformer;

namespace CrossPT.Benchmarks.Roofline;

/// <summary>
/// The kernels that PyTorch launches, operation by operation, for the step of <c>bench/gpu_torch.py</c>: Hugging Face's
/// T5, frozen, v1.0 without dropout, a soft prompt, each batch padded to its longest; float32 without TF32, or autocast
/// to bf16, where a residual stream of float32 stays and every product casts its operands, frozen weights each time.
/// </summary>
internal sealed class TorchStep
{
    private readonly List<Work> _works = [];
    private readonly T5Config _config;
    private readonly bool _autocast;
    private readonly double _examples, _rows, _length, _targetRows, _targetLength;

    private TorchStep(T5Config config, bool autocast, int prompt, int target, int[] lengths)
    {
        _config = config;
        _autocast = autocast;
        _examples = lengths.Length;
        _length = prompt + lengths.Max();
        _rows = _examples * _length;
        _targetLength = target;
        _targetRows = _examples * target;
    }

    /// <summary>Bytes of what products read and write.</summary>
    private int Size => _autocast ? 2 : 4;

    private double Width => _config.ModelWidth;

    private double Inner => _config.FeedForwardWidth;

    private double Heads => _config.AttentionWidth;

    public static List<Work> Of(T5Config config, bool autocast, int prompt, int target, int[] lengths)
    {
        TorchStep step = new(config, autocast, prompt, target, lengths);
        step.Run();
        return step._works;
    }

    private void Run()
    {
        // Embedding, the prompt before it, mask and position bias of both stacks.
        Move(3 * _rows * Width * 4, 4);
        Move(6 * Scores(_length, _length) * 4 / 2, 8);
        Move(6 * Scores(_targetLength, _targetLength) * 4 / 2, 8);
        for (int i = 0; i < _config.EncoderLayers; i++)
        {
            SelfAttention(_rows, _length);
            FeedForward(_rows);
        }
        Norm(_rows);
        for (int i = 0; i < _config.DecoderLayers; i++)
        {
            SelfAttention(_targetRows, _targetLength);
            Norm(_targetRows);
            Linear(_targetRows, Width, Heads);
            Linear(_rows, Width, Heads);
            Linear(_rows, Width, Heads);
            // The gradients of the states add up.
            Move(2 * 3 * _rows * Width * 4, 2);
            Attention(_targetRows, _rows, Scores(_targetLength, _length));
            Linear(_targetRows, Heads, Width);
            Residual(_targetRows);
            FeedForward(_targetRows);
        }
        Norm(_targetRows);
        Move(2 * 2 * _targetRows * Width * 4, 2);
        Linear(_targetRows, Width, _config.VocabularySize);
        // log-softmax in float32 with its gradient, and the casts around it.
        double logits = _targetRows * _config.VocabularySize;
        Move(logits * (2 + 3) * 4, 2);
        Small(4);
        if (_autocast) Move(2 * logits * 6, 2);
        // The prompt's gradient, AdamW (foreach).
        Move(_rows * Width * 4, 2);
        Small(12);
    }

    private double Scores(double queries, double keys) => _examples * _config.Heads * queries * keys;

    private void SelfAttention(double rows, double length)
    {
        Norm(rows);
        for (int i = 0; i < 3; i++) Linear(rows, Width, Heads);
        // The gradients of the norm's output add up.
        Move(2 * 3 * rows * Width * 4, 2);
        Attention(rows, rows, Scores(length, length));
        Linear(rows, Heads, Width);
        Residual(rows);
    }

    private void FeedForward(double rows)
    {
        Norm(rows);
        Linear(rows, Width, Inner);
        // ReLU and its gradient.
        Move(2 * rows * Inner * Size, 1);
        Move(3 * rows * Inner * Size, 1);
        // Hugging Face casts the hidden layer to the type of the weight, and autocast back.
        if (_autocast) Move(2 * 2 * rows * Inner * 6, 4);
        Linear(rows, Inner, Width);
        Residual(rows);
    }

    /// <summary>x + y, and the sum of the two gradients of x.</summary>
    private void Residual(double rows)
    {
        Move(rows * Width * (8 + Size), 1);
        if (_autocast) Move(rows * Width * 6, 1);
        Move(rows * Width * 12, 1);
    }

    /// <summary>pow, mean, + ε, rsqrt, two products; and their gradients.</summary>
    private void Norm(double rows)
    {
        double states = rows * Width * 4;
        Move(2 * states, 1);
        Move(states, 1);
        Small(2);
        Move(2 * 2 * states, 2);

        // Of both products, of the sum behind the mean, of pow (a copy and two products), and where they meet.
        Move(2 * 2 * states, 2);
        Move(3 * states, 1);
        Move(states, 1);
        Small(4);
        Move(2 * 2 * states, 2);
        Move(2 * states, 1);
        Move(3 * states, 1);
    }

    /// <summary>x·Wᵀ and dy·W.</summary>
    private void Linear(double rows, double inputs, double outputs)
    {
        if (_autocast)
        {
            Move(rows * inputs * 6, 1);
            Move(inputs * outputs * 6, 1);
            Move(rows * inputs * 6, 1);
        }
        Work product = new(
            ((rows * (inputs + outputs)) + (inputs * outputs)) * Size, 2 * rows * inputs * outputs, _autocast);
        _works.Add(product);
        _works.Add(product);
    }

    /// <summary>q·kᵀ + bias, softmax in float32, p·v; four products back. Scores are in memory all the way.</summary>
    private void Attention(double queryRows, double keyRows, double scores)
    {
        double queries = queryRows * Heads * Size, keys = keyRows * Heads * Size, matrix = scores * Size;
        double operations = 2 * scores * _config.HeadWidth;
        // Heads first: q, k, v, and their gradients; the output and its gradient.
        Move(2 * 4 * queries, 4);
        Move(2 * 2 * keys, 2);
        Move(2 * 2 * keys, 2);
        _works.Add(new(queries + keys + matrix, operations, _autocast));
        Move((2 * matrix) + (4 * scores), 1);
        Move(2 * 4 * scores, 1);
        if (_autocast) Move(2 * 6 * scores, 2);
        _works.Add(new(queries + keys + matrix, operations, _autocast));

        _works.Add(new(queries + keys + matrix, operations, _autocast));
        _works.Add(new(queries + keys + matrix, operations, _autocast));
        if (_autocast) Move(2 * 6 * scores, 2);
        Move(3 * 4 * scores, 1);
        _works.Add(new(queries + keys + matrix, operations, _autocast));
        _works.Add(new(queries + keys + matrix, operations, _autocast));
    }

    /// <summary>So many kernels that move so many bytes together.</summary>
    private void Move(double bytes, int launches)
    {
        for (int i = 0; i < launches; i++) _works.Add(new(bytes / launches));
    }

    private void Small(int launches) => Move(0, launches);
}
