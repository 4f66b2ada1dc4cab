using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Operations;

/// <summary>Every operation, with the ways its inputs may coincide, be frozen or already hold a gradient.</summary>
internal static partial class OperationCases
{
    public static IReadOnlyDictionary<string, CaseBuilder> All { get; } =
        new[] { Elementwise(), Matrices(), Rows(), Losses(), Attention(), Placed(), Routing() }
        .SelectMany(static cases => cases).ToDictionary(static entry => entry.Key, static entry => entry.Value);

    private static Dictionary<string, CaseBuilder> Elementwise() => new()
    {
        ["Add"] = static x => Binary(x, static (tape, a, b) => tape.Add(a, b)),
        ["Add, one variable twice"] = static x => Unary(x, static (tape, a) => tape.Add(a, a)),
        ["Add, one frozen"] = static x => Frozen(x, static (tape, a, b) => tape.Add(b, a)),
        ["Scale"] = static x => Unary(x, static (tape, a) => tape.Scale(a, -1.7)),
        ["Scale, accumulated"] =
            static x => Unary(x, static (tape, a) => tape.Add(tape.Scale(a, 2), tape.Scale(a, 0.3))),
        ["Multiply"] = static x => Binary(x, static (tape, a, b) => tape.Multiply(a, b)),
        ["Multiply, one variable twice"] = static x => Unary(x, static (tape, a) => tape.Multiply(a, a)),
        ["Multiply, one frozen"] = static x => Frozen(x, static (tape, a, b) => tape.Multiply(b, a)),
        ["Relu"] = static x => Unary(x, static (tape, a) => tape.Relu(a)),
        ["Relu, accumulated"] =
            static x => Unary(x, static (tape, a) => tape.Add(tape.Relu(a), tape.Multiply(tape.Relu(a), a))),
        ["GatedGelu of halves"] = static x =>
        {
            Variable both = x.Parameter("both", 5, 74);
            return tape => tape.Gated(both, Activation.GeluTanh);
        },
        ["GatedGelu of halves, accumulated"] = static x =>
        {
            Variable both = x.Parameter("both", 5, 74);
            return tape => tape.Add(
                tape.Gated(both, Activation.GeluTanh), tape.Gated(tape.Scale(both, 0.5), Activation.GeluTanh));
        },
        ["GatedGelu of two"] = static x => Binary(x, static (tape, a, b) => tape.Gated(a, b, Activation.GeluTanh)),
        ["GatedGelu, one variable twice"] =
            static x => Unary(x, static (tape, a) => tape.Gated(a, a, Activation.GeluTanh)),
        ["GatedGelu, frozen gate"] =
            static x => Frozen(x, static (tape, a, b) => tape.Gated(b, a, Activation.GeluTanh)),
        ["GatedGelu, frozen linear"] =
            static x => Frozen(x, static (tape, a, b) => tape.Gated(a, b, Activation.GeluTanh)),
        ["Gated relu"] = static x => Binary(x, static (tape, a, b) => tape.Gated(a, b, Activation.Relu)),
        ["Gated exact GELU"] = static x => Binary(x, static (tape, a, b) => tape.Gated(a, b, Activation.Gelu)),
        ["Gated silu"] = static x => Binary(x, static (tape, a, b) => tape.Gated(a, b, Activation.Silu)),
        ["Gated silu, one variable twice"] =
            static x => Unary(x, static (tape, a) => tape.Gated(a, a, Activation.Silu)),
        ["Activate, relu"] = static x => Unary(x, static (tape, a) => tape.Activate(a, Activation.Relu)),
        ["Activate, tanh GELU"] = static x => Unary(x, static (tape, a) => tape.Activate(a, Activation.GeluTanh)),
        ["Activate, exact GELU"] = static x => Unary(x, static (tape, a) => tape.Activate(a, Activation.Gelu)),
        ["Activate, silu"] = static x => Unary(x, static (tape, a) => tape.Activate(a, Activation.Silu)),
        ["Activate, accumulated"] = static x => Unary(
            x, static (tape, a) => tape.Multiply(tape.Activate(a, Activation.Gelu), tape.Activate(a, Activation.Silu))),
        ["Dropout"] = static x => Unary(x, static (tape, a) => tape.Dropout(a, 0.3, 11, 5)),
        ["Dropout, accumulated"] = static x => Unary(
            x, static (tape, a) => tape.Add(tape.Dropout(a, 0.3, 11, 5), tape.Dropout(a, 0.5, 11, 6))),
        ["Dropout of nothing"] = static x => Unary(x, static (tape, a) => tape.Dropout(a, 0, 11, 5)),
        ["DropoutAdd"] =
            static x => Binary(x, static (tape, a, b) => tape.DropoutAdd(a, b, new DropoutMask(0.3, 11, 5))),
        ["DropoutAdd, one variable twice"] =
            static x => Unary(x, static (tape, a) => tape.DropoutAdd(a, a, new DropoutMask(0.3, 11, 5))),
        ["DropoutAdd, accumulated"] = static x => Binary(
            x,
            static (tape, a, b) => tape.DropoutAdd(
                a, tape.DropoutAdd(a, b, new DropoutMask(0.3, 11, 5)), new DropoutMask(0.5, 11, 6))),
        ["DropoutAdd, frozen residual"] =
            static x => Frozen(x, static (tape, a, b) => tape.DropoutAdd(a, b, new DropoutMask(0.3, 11, 5))),
        ["DropoutAdd, frozen input"] =
            static x => Frozen(x, static (tape, a, b) => tape.DropoutAdd(b, a, new DropoutMask(0.3, 11, 5))),
        ["DropoutAdd of nothing"] = static x => Binary(x, static (tape, a, b) => tape.DropoutAdd(a, b, null)),
        ["Softmax"] = static x => Unary(x, static (tape, a) => tape.Softmax(a, 0.7)),
        ["Softmax, accumulated"] =
            static x => Unary(x, static (tape, a) => tape.Multiply(tape.Softmax(a), tape.Softmax(a, 2))),
        ["Sum"] = static x => Unary(x, static (tape, a) => tape.Sum(a)),
        ["Mean, accumulated"] = static x => Unary(x, static (tape, a) => tape.Multiply(tape.Mean(a), tape.Sum(a))),
        ["Reshape"] = static x => Unary(x, static (tape, a) => tape.Reshape(a, 37, 5)),
        ["Reshape, accumulated"] =
            static x => Unary(x, static (tape, a) => tape.Multiply(tape.Reshape(a, 185), tape.Reshape(a, 185))),
    };

    private static Dictionary<string, CaseBuilder> Matrices() => new()
    {
        ["Linear, packed"] = static x => Packed(x, 1, 35, 37, static (tape, a, w) => tape.Linear(a, w)),
        ["Linear, packed, grouped"] = static x => Packed(x, 3, 5, 7, static (tape, a, w) => tape.Linear(a, w)),
        ["Linear, packed, accumulated"] = static x => Packed(
            x, 1, 35, 37, static (tape, a, w) => tape.Add(tape.Linear(a, w), tape.Linear(tape.Relu(a), w))),
        ["Linear, packed, with residual"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37), residual = x.Parameter("residual", 5, 35);
            IPackedMatrix w = x.Packed(1, 35, 37);
            return tape => tape.Linear(a, w, residual);
        },
        ["Linear, packed, its input the residual"] =
            static x => Packed(x, 1, 37, 37, static (tape, a, w) => tape.Linear(a, w, a)),
        ["Linear, packed, frozen input and residual"] = static x =>
        {
            Variable a = x.Constant(5, 37), residual = x.Parameter("residual", 5, 35);
            IPackedMatrix w = x.Packed(1, 35, 37);
            return tape => tape.Linear(a, w, residual);
        },
        ["LinearRelu"] = static x => Packed(x, 1, 45, 37, static (tape, a, w) => tape.LinearRelu(a, w)),
        ["LinearRelu, accumulated"] =
            static x => Packed(x, 1, 37, 37, static (tape, a, w) => tape.Add(tape.LinearRelu(a, w), a)),
        ["LinearTransposed"] =
            static x => Packed(x, 1, 37, 35, static (tape, a, w) => tape.LinearTransposed(a, w), transposed: true),
        ["LinearTransposed, grouped"] =
            static x => Packed(x, 3, 5, 7, static (tape, a, w) => tape.LinearTransposed(a, w), transposed: true),
        ["LinearTransposed, grouped, accumulated"] = static x => Packed(
            x, 3, 5, 7, static (tape, a, w) => tape.Multiply(tape.LinearTransposed(a, w), tape.LinearTransposed(a, w)),
            transposed: true),
        ["Linear, trained"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37);
            Variable w = x.Parameter("weight", 35, 37);
            Variable residual = x.Parameter("residual", 5, 35);
            return tape => tape.Linear(a, w, residual);
        },
        ["Product"] = static x =>
        {
            Variable a = x.Parameter("a", 5, 9), b = x.Parameter("b", 9, 35);
            return tape => tape.Product(a, b);
        },
        ["Product, transposed"] = static x =>
        {
            Variable a = x.Parameter("a", 5, 9), b = x.Parameter("b", 35, 9);
            return tape => tape.Product(a, b, transposeB: true);
        },
        ["Product, one variable twice"] =
            static x => Unary(x, static (tape, a) => tape.Product(a, a, transposeB: true)),
        ["Product, accumulated"] = static x =>
        {
            Variable a = x.Parameter("a", 9, 9), b = x.Parameter("b", 9, 9);
            return tape => tape.Add(tape.Product(a, b), tape.Product(b, a));
        },
        ["Product, left frozen"] = static x =>
        {
            Variable a = x.Constant(5, 9), b = x.Parameter("b", 9, 35);
            return tape => tape.Product(a, b);
        },
        ["Product, right frozen"] = static x =>
        {
            Variable a = x.Parameter("a", 5, 9), b = x.Constant(35, 9);
            return tape => tape.Product(a, b, transposeB: true);
        },
        ["RmsNorm, frozen weight"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37), w = x.Constant(37);
            return tape => tape.RmsNorm(a, w, 1e-6);
        },
        ["RmsNorm, trained weight"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37), w = x.Parameter("weight", 37);
            return tape => tape.RmsNorm(a, w, 1e-6);
        },
        ["RmsNorm, frozen input"] = static x =>
        {
            Variable a = x.Constant(5, 37), w = x.Parameter("weight", 37);
            return tape => tape.RmsNorm(a, w, 1e-6);
        },
        ["RmsNorm, accumulated"] = static x =>
        {
            Variable a = x.Parameter("x", 5, 37), w = x.Parameter("weight", 37);
            return tape => tape.Add(a, tape.RmsNorm(tape.RmsNorm(a, w, 1e-6), w, 1e-2));
        },
    };

    private static Func<Tape, Variable> Unary(Inputs x, Func<Tape, Variable, Variable> operation)
    {
        Variable a = x.Parameter("x", 5, 37);
        return tape => operation(tape, a);
    }

    private static Func<Tape, Variable> Binary(Inputs x, Func<Tape, Variable, Variable, Variable> operation)
    {
        Variable a = x.Parameter("a", 5, 37), b = x.Parameter("b", 5, 37);
        return tape => operation(tape, a, b);
    }

    private static Func<Tape, Variable> Frozen(Inputs x, Func<Tape, Variable, Variable, Variable> operation)
    {
        Variable a = x.Parameter("trained", 5, 37), b = x.Constant(5, 37);
        return tape => operation(tape, a, b);
    }

    private static Func<Tape, Variable> Packed(
        Inputs x, int groups, int outputs, int inputs, Func<Tape, Variable, IPackedMatrix, Variable> operation,
        bool transposed = false)
    {
        Variable a = x.Parameter("x", 5, groups * (transposed ? outputs : inputs));
        IPackedMatrix w = x.Packed(groups, outputs, inputs);
        return tape => operation(tape, a, w);
    }
}
