using CrossPT.Tensors;

namespace CrossPT.Autograd.Tests.Operations;

/// <content>Rows, losses, attention, and what follows placed rows.</content>
internal static partial class OperationCases
{
    private const int Heads = 2, HeadWidth = 5, Width = Heads * HeadWidth, Reach = 6;

    private static readonly int[] Places = [-1, 0, 2, -1, -1, 2, 1, -1, -1, 0];

    private static Dictionary<string, CaseBuilder> Rows() => new()
    {
        ["GatherRows"] = static x =>
        {
            Variable table = x.Parameter("table", 6, 37);
            Tensor indices = x.Int32(2, 0, 2, 5, 2, 1, 0);
            return tape => tape.GatherRows(table, indices);
        },
        ["GatherRows, accumulated"] = static x =>
        {
            Variable table = x.Parameter("table", 6, 37);
            Tensor first = x.Int32(2, 0, 2), second = x.Int32(5, 2, 0);
            return tape => tape.Multiply(tape.GatherRows(table, first), tape.GatherRows(table, second));
        },
        ["ConcatenateRows"] = static x =>
        {
            Variable a = x.Parameter("a", 2, 37), b = x.Constant(3, 37), c = x.Parameter("c", 1, 37);
            return tape => tape.ConcatenateRows(a, b, c);
        },
        ["ConcatenateRows, one variable twice"] = static x => Unary(x, static (tape, a) => tape.ConcatenateRows(a, a)),
        ["SliceRows"] = static x => Unary(x, static (tape, a) => tape.SliceRows(a, 1, 3)),
        ["SliceRows, overlapping"] =
            static x => Unary(x, static (tape, a) => tape.Multiply(tape.SliceRows(a, 0, 3), tape.SliceRows(a, 1, 3))),
        ["SliceRows of a cube"] = static x =>
        {
            Variable cube = x.Parameter("cube", 4, 3, 7);
            return tape => tape.SliceRows(cube, 1, 2);
        },
    };

    private static Dictionary<string, CaseBuilder> Losses() => new()
    {
        ["CrossEntropy, mean"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape => tape.CrossEntropy(tape.Scale(logits, 2), labels);
        },
        ["CrossEntropy, scaled"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3), scales = x.Tensor(5);
            return tape => tape.CrossEntropy(tape.Scale(logits, 2), labels, scales);
        },
        ["CrossEntropy of a parameter"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape => tape.CrossEntropy(logits, labels);
        },
        ["CrossEntropy of a parameter under other sizes"] = static x =>
        {
            Variable logits = x.Parameter("logits", 37, 5);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape => tape.CrossEntropy(tape.Reshape(logits, 5, 37), labels);
        },
        ["CrossEntropy of logits that their own operation saved"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape => tape.CrossEntropy(tape.Softmax(logits, 0.1), labels);
        },
        ["CrossEntropy after another use of the logits"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape =>
            {
                Variable scaled = tape.Scale(logits, 2), squares = tape.Sum(tape.Multiply(scaled, scaled));
                return tape.Add(tape.CrossEntropy(scaled, labels), squares);
            };
        },
        ["CrossEntropy before another use of the logits"] = static x =>
        {
            Variable logits = x.Parameter("logits", 5, 37);
            Tensor labels = x.Int32(3, -1, 36, 0, 3);
            return tape =>
            {
                Variable scaled = tape.Scale(logits, 2), loss = tape.CrossEntropy(scaled, labels);
                return tape.Add(tape.Sum(tape.Multiply(scaled, scaled)), loss);
            };
        },
    };

    private static Dictionary<string, CaseBuilder> Attention() => new()
    {
        ["Attention"] = static x => Attend(
            x, causal: false, Bias.None, static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias)),
        ["Attention, trained bias"] = static x => Attend(
            x, causal: false, Bias.Trained,
            static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias)),
        ["Attention, frozen bias, causal"] = static x => Attend(
            x, causal: true, Bias.Frozen,
            static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias)),
        ["Attention, key is value"] = static x => Attend(
            x, causal: false, Bias.Trained,
            static (tape, q, k, _, layout, bias) => tape.Attention(q, k, k, layout, bias)),
        ["Attention, all one variable"] = static x => Attend(
            x, causal: true, Bias.Trained,
            static (tape, q, _, _, layout, bias) => tape.Attention(
                q, q, q, layout with { Keys = layout.Queries }, bias)),
        ["Attention, accumulated"] = static x => Attend(
            x, causal: false, Bias.Trained,
            static (tape, q, k, v, layout, bias) => tape.Attention(
                tape.Attention(q, k, v, layout, bias), v, k, layout, bias)),
        ["Attention, only the query trained"] = static x => Attend(
            x, causal: false, Bias.Frozen,
            static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias), trained: "q"),
        ["Attention, only the key trained"] = static x => Attend(
            x, causal: false, Bias.None, static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias),
            trained: "k"),
        ["Attention, only the value trained"] = static x => Attend(
            x, causal: false, Bias.Frozen,
            static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias), trained: "v"),
        ["Attention, only the bias trained"] = static x => Attend(
            x, causal: false, Bias.Trained,
            static (tape, q, k, v, layout, bias) => tape.Attention(q, k, v, layout, bias), trained: ""),
        ["Attention, dropout"] = static x => Attend(
            x, causal: false, Bias.Trained,
            static (tape, q, k, v, layout, bias) => tape.Attention(
                q, k, v, layout with { Dropout = new DropoutMask(0.4, 3, 9) }, bias)),
        ["Attention, dropout, key is value"] = static x => Attend(
            x, causal: false, Bias.None,
            static (tape, q, k, _, layout, bias) => tape.Attention(
                q, k, k, layout with { Dropout = new DropoutMask(0.4, 3, 9) }, bias)),
        ["SelfAttention, dropout"] =
            static x => SelfAttend(x, causal: true, Bias.Trained, dropout: new DropoutMask(0.4, 3, 9)),
        ["SelfAttention"] = static x => SelfAttend(x, causal: false, Bias.Trained),
        ["SelfAttention, causal"] = static x => SelfAttend(x, causal: true, Bias.Frozen),
        ["SelfAttention, no bias"] = static x => SelfAttend(x, causal: false, Bias.None),
        ["SelfAttention, only the bias trained"] = static x => SelfAttend(x, causal: false, Bias.Trained, frozen: true),
    };

    private static Dictionary<string, CaseBuilder> Placed() => new()
    {
        ["PlaceRows"] = static x => After(x, static (tape, placed) => placed),
        ["PlaceRows, every row"] = static x =>
        {
            Variable rows = x.Parameter("rows", 3, Width);
            return tape => tape.Relu(tape.PlaceRows(tape.Allocate(3, Width), rows, [2, 0, 1]));
        },
        ["PlaceRows, none"] = static x =>
        {
            Variable rows = x.Parameter("rows", 3, Width), other = x.Parameter("other", 2, Width);
            float[] text = x.Values(2 * Width);
            return tape => tape.Add(
                tape.PlaceRows(TensorData.FromSingles(tape.Backend, text, 2, Width), rows, [-1, -1]), other);
        },
        ["PlaceRows, then Add"] = static x => After(x, static (tape, placed) => tape.Add(placed, placed)),
        ["PlaceRows, then Scale"] =
            static x => After(x, static (tape, placed) => tape.Add(tape.Scale(placed, 3), placed)),
        ["PlaceRows, then Multiply"] = static x => After(x, static (tape, placed) => tape.Multiply(placed, placed)),
        ["PlaceRows, then Relu"] =
            static x => After(x, static (tape, placed) => tape.Add(tape.Relu(placed), tape.Relu(placed))),
        ["PlaceRows, then Dropout"] = static x => After(x, static (tape, placed) => tape.Dropout(placed, 0.3, 1, 2)),
        ["PlaceRows, then GatedGelu"] = static x => After(
            x,
            static (tape, placed) => tape.Add(
                tape.Gated(placed, placed, Activation.GeluTanh), tape.Gated(placed, placed, Activation.GeluTanh))),
        ["PlaceRows, then Softmax"] = static x => After(x, static (tape, placed) => tape.Softmax(placed)),
        ["PlaceRows, then Reshape"] =
            static x => After(x, static (tape, placed) => tape.Reshape(placed, Places.Length * Width)),
        ["PlaceRows, then SliceRows"] = static x => After(x, static (tape, placed) => tape.SliceRows(placed, 1, 6)),
        ["PlaceRows, then ConcatenateRows"] =
            static x => After(x, static (tape, placed) => tape.ConcatenateRows(placed, placed)),
        ["PlaceRows, then GatherRows"] = static x =>
        {
            Tensor indices = x.Int32(0, 6, 6, 9);
            return After(x, (tape, placed) => tape.GatherRows(placed, indices));
        },
        ["PlaceRows, then Product"] =
            static x => After(x, static (tape, placed) => tape.Product(placed, placed, transposeB: true)),
        ["PlaceRows, then CrossEntropy"] = static x =>
        {
            Tensor labels = x.Int32(0, 6, -1, 9, 1, 1, 2, 3, 4, 5);
            return After(x, (tape, placed) => tape.CrossEntropy(placed, labels));
        },
        ["PlaceRows, then Linear"] = static x => AfterWith(x, 1, static (tape, placed, w) => tape.Linear(placed, w)),
        ["PlaceRows, then Linear with residual"] =
            static x => AfterWith(x, 1, static (tape, placed, w) => tape.Linear(placed, w, placed)),
        ["PlaceRows, then LinearRelu"] = static x => AfterWith(
            x, 1, static (tape, placed, w) => tape.Add(tape.LinearRelu(placed, w), tape.LinearRelu(placed, w))),
        ["PlaceRows, then LinearTransposed"] =
            static x => AfterWith(x, 1, static (tape, placed, w) => tape.LinearTransposed(placed, w)),
        ["PlaceRows, then Attention"] =
            static x => After(x, static (tape, placed) => tape.Attention(placed, placed, placed, Layout(false))),
        ["PlaceRows, then RmsNorm, trained weight"] = static x =>
        {
            Variable weight = x.Parameter("weight", Width);
            return After(x, (tape, placed) => tape.Add(tape.RmsNorm(placed, weight, 1e-6), placed));
        },
        ["PlaceRows, then Dropout, then Linear"] =
            static x => AfterWith(x, 1, static (tape, placed, w) => tape.Linear(tape.Dropout(placed, 0.3, 1, 2), w)),
        ["PlaceRows, then DropoutAdd"] =
            static x => After(x, static (tape, placed) => tape.DropoutAdd(placed, placed, new DropoutMask(0.3, 1, 2))),
        ["PlaceRows, then OncePerRow"] = static x => AfterWith(
            x, 1, static (tape, placed, w) => tape.Add(
                tape.OncePerRow(placed, rows => tape.LinearRelu(rows, w)), placed)),
        ["PlaceRows, every row twice, then OncePerRow"] = static x =>
        {
            Variable rows = x.Parameter("rows", 3, Width);
            return tape => tape.OncePerRow(
                tape.PlaceRows(tape.Allocate(6, Width), rows, [2, 0, 1, 0, 1, 2]), each => tape.Multiply(each, each));
        },
        ["First block"] = static x => FirstBlock(x, dropout: false),
        ["First block, dropout"] = static x => FirstBlock(x, dropout: true),
    };

    /// <summary>
    /// What goes back to the prompt's rows alone: norm, projection, attention, output with residual, norm again,
    /// feed-forward.
    /// </summary>
    internal static Func<Tape, Variable> FirstBlock(Inputs x, bool dropout)
    {
        Variable weight = x.Constant(Width);
        IPackedMatrix w1 = x.Packed(1, 3 * Width, Width);
        IPackedMatrix w2 = x.Packed(1, Width, Width);
        IPackedMatrix w3 = x.Packed(1, 33, Width);
        IPackedMatrix w4 = x.Packed(1, Width, 33);
        return After(x, (tape, placed) => Block(tape, placed, weight, w1, w2, w3, w4, dropout));
    }

    /// <summary>
    /// The same with rows that are put together by other operations, whose gradients are of all rows.
    /// </summary>
    internal static Func<Tape, Variable> FirstBlockOfAllRows(Inputs x, bool dropout)
    {
        Variable weight = x.Constant(Width);
        IPackedMatrix w1 = x.Packed(1, 3 * Width, Width);
        IPackedMatrix w2 = x.Packed(1, Width, Width);
        IPackedMatrix w3 = x.Packed(1, 33, Width);
        IPackedMatrix w4 = x.Packed(1, Width, 33);
        Variable rows = x.Parameter("rows", 3, Width), text = Variable.Constant(x.Tensor(Places.Length, Width));
        Tensor indices = x.Int32([.. Places.Select(static (place, i) => place < 0 ? 3 + i : place)]);
        return tape => Block(
            tape, tape.GatherRows(tape.ConcatenateRows(rows, text), indices), weight, w1, w2, w3, w4, dropout);
    }

    private static Variable Block(
        Tape tape, Variable x, Variable weight, IPackedMatrix w1, IPackedMatrix w2, IPackedMatrix w3, IPackedMatrix w4,
        bool dropout)
    {
        // With dropout where a T5 in training has it: the rows that are wanted keep the masks of their places.
        x = tape.Dropout(x, Mask(0));
        Variable attended = tape.SelfAttention(
            tape.OncePerRow(x, rows => tape.Linear(tape.RmsNorm(rows, weight, 1e-6), w1)),
            Layout(false) with { Dropout = Mask(1) });
        Variable middle = dropout
            ? tape.DropoutAdd(tape.Linear(attended, w2), x, Mask(2))
            : tape.Linear(attended, w2, x);
        return tape.Linear(tape.Dropout(tape.LinearRelu(tape.RmsNorm(middle, weight, 1e-6), w3), Mask(3)), w4, middle);

        DropoutMask? Mask(ulong place) => dropout ? new DropoutMask(0.2, 17, place) : null;
    }

    private static AttentionLayout Layout(bool causal)
    {
        SequenceOffsets rows = SequenceOffsets.FromLengths([4, 6]);
        return new AttentionLayout(rows, rows, Heads, HeadWidth, causal);
    }

    private static Func<Tape, Variable> After(Inputs x, Func<Tape, Variable, Variable> operation)
    {
        Variable rows = x.Parameter("rows", 3, Width);
        float[] text = x.Values(Places.Length * Width);
        return tape => operation(
            tape, tape.PlaceRows(TensorData.FromSingles(tape.Backend, text, Places.Length, Width), rows, Places));
    }

    private static Func<Tape, Variable> AfterWith(
        Inputs x, int groups, Func<Tape, Variable, IPackedMatrix, Variable> operation)
    {
        IPackedMatrix w = x.Packed(groups, Width, Width);
        return After(x, (tape, placed) => operation(tape, placed, w));
    }

    private enum Bias
    {
        None,
        Frozen,
        Trained,
    }

    private static PositionBiasVariable? BiasOf(Inputs x, Bias kind)
    {
        if (kind == Bias.None) return null;
        Variable table = kind == Bias.Trained ? x.Parameter("bias", 4, Heads) : x.Constant(4, Heads);
        int[] buckets =
        [
            .. Enumerable.Range(-Reach, (2 * Reach) + 1)
                .Select(static distance => (distance > 0 ? 2 : 0) + (Math.Abs(distance) > 2 ? 1 : 0)),
        ];
        return new PositionBiasVariable(table, x.Int32(buckets), Reach);
    }

    private static Func<Tape, Variable> Attend(
        Inputs x, bool causal, Bias bias,
        Func<Tape, Variable, Variable, Variable, AttentionLayout, PositionBiasVariable?, Variable> operation,
        string trained = "qkv")
    {
        AttentionLayout layout = new(
            SequenceOffsets.FromLengths([3, 1, 4]), SequenceOffsets.FromLengths([5, 2, 6]), Heads, HeadWidth, causal);
        Variable q = Input("q", 8), k = Input("k", 13), v = Input("v", 13);
        PositionBiasVariable? table = BiasOf(x, bias);
        return tape => operation(tape, q, k, v, layout, table);

        Variable Input(string name, int rows) =>
            trained.Contains(name, StringComparison.Ordinal) ? x.Parameter(name, rows, Width) : x.Constant(rows, Width);
    }

    private static Func<Tape, Variable> SelfAttend(
        Inputs x, bool causal, Bias bias, bool frozen = false, DropoutMask? dropout = null)
    {
        Variable packed = frozen ? x.Constant(10, 3 * Width) : x.Parameter("packed", 10, 3 * Width);
        PositionBiasVariable? table = BiasOf(x, bias);
        return tape => tape.SelfAttention(packed, Layout(causal) with { Dropout = dropout }, table);
    }
}
