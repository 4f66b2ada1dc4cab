using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Operations that treat every element alike.</summary>
public static class ElementwiseOperations
{
    /// <summary>y = a + b, of one shape.</summary>
    public static Variable Add(this Tape tape, Variable a, Variable b)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(a.Value);
        tape.Backend.Elementwise.Add(a.Value, b.Value, y);
        return tape.Record(y, [a, b], [], (dy, _) =>
        {
            tape.Pass(a, dy);
            tape.Pass(b, dy);
        });
    }

    /// <summary>y = alpha · x.</summary>
    public static Variable Scale(this Tape tape, Variable x, double alpha)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value);
        tape.Backend.Elementwise.Scale(x.Value, y, alpha);
        return tape.Record(y, [x], [], (dy, _) =>
        {
            Tensor dx = tape.GradientOf(x, out bool accumulate);
            if (accumulate) tape.Backend.Elementwise.Add(dx, dy, dx, 1, alpha);
            else tape.Backend.Elementwise.Scale(dy, dx, alpha);
        });
    }

    /// <summary>y = a · b element by element, of one shape.</summary>
    public static Variable Multiply(this Tape tape, Variable a, Variable b)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(a.Value);
        tape.Backend.Elementwise.Multiply(a.Value, b.Value, y);
        return tape.Record(y, [a, b], [a.Value, b.Value], (dy, saved) =>
        {
            if (a.RequiresGradient)
            {
                Tensor da = tape.GradientOf(a, out bool accumulate);
                tape.Backend.Elementwise.Multiply(dy, saved[1], da, accumulate);
            }
            if (b.RequiresGradient)
            {
                Tensor db = tape.GradientOf(b, out bool accumulate);
                tape.Backend.Elementwise.Multiply(dy, saved[0], db, accumulate);
            }
        });
    }

    /// <summary>y = max(x, 0); saves one bit an element.</summary>
    public static Variable Relu(this Tape tape, Variable x)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value);
        Shape bits = new(x.Value.Rows, (x.Value.Columns + 31) / 32 * 4);
        Tensor? positive = tape.Records(x) ? Tensor.Allocate(tape.Backend, bits, DType.UInt8) : null;
        tape.Backend.Elementwise.Relu(x.Value, y, positive);
        return tape.Record(y, [x], [positive], (dy, saved) =>
        {
            tape.Backend.Elementwise.ReluBackward(dy, saved[0], dy);
            tape.Pass(x, dy);
        });
    }

    /// <summary>y = f(x).</summary>
    public static Variable Activate(this Tape tape, Variable x, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value);
        tape.Backend.Elementwise.Activate(x.Value, y, activation);
        return tape.Record(y, [x], [x.Value], (dy, saved) =>
        {
            tape.Backend.Elementwise.ActivateBackward(dy, saved[0], dy, activation);
            tape.Pass(x, dy);
        });
    }

    /// <summary>
    /// y = f(gate) · linear. Both inputs are column halves of one [R, 2·F] variable: gate first.
    /// </summary>
    public static Variable Gated(this Tape tape, Variable gateAndLinear, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor x = gateAndLinear.Value;
        int width = x.Columns / 2;
        Tensor y = tape.Allocate(x.Rows, width);
        tape.Backend.Elementwise.Gated(x.SliceColumns(0, width), x.SliceColumns(width, width), y, activation);
        return tape.Record(y, [gateAndLinear], [x], (dy, saved) =>
        {
            Tensor dx = tape.AllocateLike(saved[0]);
            Tensor gate = saved[0].SliceColumns(0, width), linear = saved[0].SliceColumns(width, width);
            Tensor dGate = dx.SliceColumns(0, width), dLinear = dx.SliceColumns(width, width);
            tape.Backend.Elementwise.GatedBackward(dy, gate, linear, dGate, dLinear, activation);
            tape.Pass(gateAndLinear, dx);
        });
    }

    /// <summary>y = f(gate) · linear, of two variables [R, F].</summary>
    public static Variable Gated(this Tape tape, Variable gate, Variable linear, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(gate.Value);
        tape.Backend.Elementwise.Gated(gate.Value, linear.Value, y, activation);
        return tape.Record(y, [gate, linear], [gate.Value, linear.Value], (dy, saved) =>
        {
            Tensor dGate = tape.AllocateLike(dy), dLinear = tape.AllocateLike(dy);
            tape.Backend.Elementwise.GatedBackward(dy, saved[0], saved[1], dGate, dLinear, activation);
            if (gate.RequiresGradient) tape.Add(gate, dGate);
            if (linear.RequiresGradient) tape.Add(linear, dLinear);
        });
    }
}
