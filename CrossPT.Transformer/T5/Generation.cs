using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>Greedy decoding.</summary>
internal static class Generation
{
    public static int[][] Greedy(T5Model model, T5Decoder decoder, Tensor states, SequenceOffsets sources, int maxTokens, bool stopAtEnd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        int count = sources.Count;
        int[] ends = [model.Config.EndOfSequenceId, .. model.Config.OtherEndIds];
        List<int>[] ids = new List<int>[count];
        for (int i = 0; i < count; i++) ids[i] = [];
        if (count == 0 || maxTokens == 0) return Array.ConvertAll(ids, static list => list.ToArray());

        using Tape tape = new(model.Backend, recording: false);
        using TensorScope outer = new();
        using DecodingState state = decoder.Start(tape, Variable.Constant(states), sources);
        int[] last = new int[count];
        Array.Fill(last, model.Config.DecoderStartId);
        bool[] done = new bool[count];
        for (int step = 0; step < maxTokens && !(stopAtEnd && Array.TrueForAll(done, static d => d)); step++)
        {
            using TensorScope scope = new();
            Variable logits = model.Head(tape, decoder.Step(tape, model.Embed(tape, last), state));
            Tensor best = Tensor.Allocate(model.Backend, new Shape(count), DType.Int32);
            model.Backend.Reduction.ArgMax(logits.Value, best);
            last = best.ToInt32();
            for (int i = 0; i < count; i++)
            {
                if (!done[i] || !stopAtEnd) ids[i].Add(last[i]);
                done[i] |= ends.Contains(last[i]);
            }
        }
        return Array.ConvertAll(ids, static list => list.ToArray());
    }
}
