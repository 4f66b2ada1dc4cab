using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Operations;

/// <content>What routers and gates are made of.</content>
internal static partial class OperationCases
{
    private static Dictionary<string, CaseBuilder> Routing() => new()
    {
        ["Activate, sigmoid"] = static x => Unary(x, static (tape, a) => tape.Activate(a, Activation.Sigmoid)),
        ["LayerNorm"] =
            static x => LayerNorm(x.Parameter("x", 5, 37), x.Parameter("weight", 37), x.Parameter("bias", 37)),
        ["LayerNorm, frozen weight and bias"] =
            static x => LayerNorm(x.Parameter("x", 5, 37), x.Constant(37), x.Constant(37)),
        ["LayerNorm, frozen input"] =
            static x => LayerNorm(x.Constant(5, 37), x.Parameter("weight", 37), x.Parameter("bias", 37)),
        ["CenterRows, accumulated"] =
            static x => Unary(x, static (tape, a) => tape.Add(a, tape.Multiply(tape.CenterRows(a), a))),
        ["RelaxedBernoulli"] = static x => Sampled(x, static (tape, a, noise) => tape.RelaxedBernoulli(a, noise, 0.7)),
        ["RelaxedBernoulli, accumulated"] = static x => Sampled(
            x,
            static (tape, a, noise) => tape.Multiply(
                tape.RelaxedBernoulli(a, noise, 2), tape.Add(a, tape.RelaxedBernoulli(a, noise, 1)))),
        ["MaxRows"] = static x => Unary(x, static (tape, a) => tape.MaxRows(a, SequenceOffsets.FromLengths([2, 1, 2]))),
        ["MaxRows, accumulated"] = static x => Unary(
            x, static (tape, a) => tape.Add(a, tape.RepeatRow(tape.MaxRows(a, SequenceOffsets.FromLengths([5])), 5))),
        ["DivideBySum"] =
            static x => Unary(x, static (tape, a) => tape.DivideBySum(tape.Activate(a, Activation.Sigmoid))),
        ["DivideBySum, accumulated"] = static x => Unary(x, static (tape, a) =>
        {
            Variable positive = tape.Activate(a, Activation.Sigmoid);
            return tape.Multiply(tape.DivideBySum(positive), positive);
        }),
        ["Softmax of chosen columns"] =
            static x => Unary(x, static (tape, a) => tape.Softmax(a, tape.TopColumns(a.Value, 9).Kept)),
        ["Softmax of columns above a threshold"] = static x => Unary(
            x, static (tape, a) => tape.Softmax(a, tape.TopColumns(a.Value, 37, 0.5).Kept)),
        ["Chosen columns, gathered"] = static x => Unary(
            x, static (tape, a) => tape.GatherRows(tape.Reshape(a, 5 * 37, 1), tape.TopColumns(a.Value, 3).Places)),
        ["OnesForZeroRows"] = static x => Unary(x, static (tape, a) => tape.Multiply(tape.OnesForZeroRows(a), a)),
        ["RepeatRow"] = static x =>
        {
            Variable row = x.Parameter("row", 37);
            return tape => tape.RepeatRow(row, 4);
        },
        ["ScaleRows"] = static x => Scaled(x.Parameter("x", 5, 37), x.Parameter("scales", 5, 1)),
        ["ScaleRows, frozen rows"] = static x => Scaled(x.Constant(5, 37), x.Parameter("scales", 5, 1)),
        ["ScaleRows, frozen scales"] = static x => Scaled(x.Parameter("x", 5, 37), x.Constant(5, 1)),
        ["ScaleRows by a gate and its rest"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37), gate = x.Parameter("gate", 5, 1);
            return tape => tape.Add(
                tape.ScaleRows(a, tape.Activate(gate, Activation.Sigmoid)),
                tape.ScaleRows(tape.Multiply(a, a), tape.Activate(tape.Scale(gate, -1), Activation.Sigmoid)));
        },
        ["PlaceElements"] =
            static x => Unary(x, static (tape, a) => tape.PlaceElements(Ones(tape, 3, 2), a, [7, -1, 0, 184, 7, -1])),
        ["PlaceElements, accumulated"] = static x => Unary(x, static (tape, a) =>
        {
            Variable placed = tape.PlaceElements(Ones(tape, 3, 2), a, [7, -1, 0, 184, 7, -1]);
            return tape.Multiply(placed, tape.PlaceElements(Ones(tape, 3, 2), a, [7, 8, -1, 9, 10, 11]));
        }),
    };

    private static Func<Tape, Variable> LayerNorm(Variable input, Variable weight, Variable bias) =>
        tape => tape.LayerNorm(input, weight, bias);

    private static Func<Tape, Variable> Scaled(Variable input, Variable scales) =>
        tape => tape.ScaleRows(input, scales);

    private static Func<Tape, Variable> Sampled(Inputs x, Func<Tape, Variable, Tensor, Variable> operation)
    {
        Variable logits = x.Parameter("logits", 5, 37), noise = x.Constant(5, 37);
        return tape => operation(tape, logits, noise.Value);
    }

    private static Tensor Ones(Tape tape, int rows, int columns)
    {
        Tensor ones = tape.Allocate(rows, columns);
        tape.Backend.Elementwise.Fill(ones, 1);
        return ones;
    }
}
