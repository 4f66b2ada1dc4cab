using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>
/// Compares the gradients of a backward pass with differences of the loss: what every operation is judged by.
/// </summary>
/// <remarks>
/// Meant for <see cref="Tensors.Reference.ReferenceBackend"/>, whose float64 leaves nine digits to compare. In float32
/// set <see cref="GradientCheckOptions.Step"/> to about 1e-2 and the tolerance to about 1e-2.
/// </remarks>
public static class GradientCheck
{
    /// <summary>Compares and throws where a gradient is wrong.</summary>
    /// <exception cref="GradientCheckException">An error exceeds the tolerance; the message names the worst element
    /// with its numbers.</exception>
    /// <inheritdoc cref="Compare"/>
    public static void Assert(
        IBackend backend, Func<Tape, Variable> loss, IEnumerable<NamedParameter> parameters,
        GradientCheckOptions? options = null)
    {
        GradientReport report = Compare(backend, loss, parameters, options);
        if (!report.Passed) throw new GradientCheckException(report);
    }

    /// <summary>
    /// Compares element by element, along random directions in each parameter, and along random directions over all of
    /// them.
    /// </summary>
    /// <param name="backend">Where the loss is computed.</param>
    /// <param name="loss">
    /// Builds the loss, a scalar, from the parameters' present values; called many times and every time the same, so
    /// dropout must be given a fixed seed and stream.
    /// </param>
    /// <param name="parameters">What to differentiate by. Values come back as they were; gradients are given
    /// up.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no parameter, one needs no gradient, or nothing would be
    /// compared.</exception>
    /// <exception cref="InvalidOperationException">The loss is not the same at a second evaluation, or not
    /// finite.</exception>
    public static GradientReport Compare(
        IBackend backend, Func<Tape, Variable> loss, IEnumerable<NamedParameter> parameters,
        GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(parameters);
        options ??= new GradientCheckOptions();
        Probe[] probes = [.. parameters.Select(static parameter => new Probe(parameter))];
        if (probes.Length == 0 || (options.Directions < 1 && options.MaxElements == 0))
            throw new ArgumentException("GradientCheck: nothing to compare.");
        double step = options.Step ?? (options.FourthOrder ? 1e-3 : 1e-5);

        double value = Backward(backend, loss, probes);
        double again = Evaluate(backend, loss);
        if (!double.IsFinite(value) || value != again)
        {
            throw new InvalidOperationException(
                $"GradientCheck: the loss is {value}, and {again} when computed again; "
                + "it must be finite and always the same.");
        }
        // Below this a difference is mostly rounding of the loss, and a relative error of it says nothing.
        double floor = 1e-4 * Math.Max(1, Math.Abs(value));

        List<GradientDifference> differences = [];
        try
        {
            for (int i = 0; i < probes.Length; i++) differences.AddRange(Elements(probes[i], (ulong)i));
            for (int i = 0; i < probes.Length; i++)
                differences.AddRange(Directions(probes[i].Name, [probes[i]], (ulong)(probes.Length + i)));
            if (probes.Length > 1)
                differences.AddRange(Directions(GradientReport.AllParameters, probes, (ulong)(2 * probes.Length)));
        }
        finally
        {
            foreach (Probe probe in probes) probe.Restore();
        }
        return new GradientReport(differences, options.Tolerance);

        IEnumerable<GradientDifference> Elements(Probe probe, ulong stream)
        {
            int[] sample = Sample(probe.Original.Length, options.MaxElements, new CounterRandom(options.Seed, stream));
            double[] numeric = Array.ConvertAll(sample, index =>
            {
                double h = step * Math.Max(1, Math.Abs(probe.Original[index]));
                return Difference(h, t => probe.MoveElement(index, t));
            });
            double scale = floor;
            // What is not finite fails by itself and must not hide how the others compare.
            foreach (double gradient in probe.Gradient.Concat(numeric).Where(double.IsFinite))
                scale = Math.Max(scale, Math.Abs(gradient));
            for (int i = 0; i < sample.Length; i++)
            {
                double analytic = probe.Gradient[sample[i]];
                yield return new GradientDifference(
                    probe.Name, sample[i], GradientDifference.PlaceOf(sample[i], probe.Shape), analytic, numeric[i],
                    Math.Abs(analytic - numeric[i]) / scale);
            }
            probe.Restore();
        }

        IEnumerable<GradientDifference> Directions(string name, Probe[] moved, ulong stream)
        {
            CounterRandom random = new(options.Seed, stream);
            for (int k = 0; k < options.Directions; k++)
            {
                double[][] directions = Array.ConvertAll(
                    moved, probe => Array.ConvertAll(probe.Original, _ => random.NextGaussian()));
                double analytic = 0, squares = 0;
                for (int i = 0; i < moved.Length; i++)
                {
                    for (int j = 0; j < directions[i].Length; j++)
                    {
                        analytic += directions[i][j] * moved[i].Gradient[j];
                        squares += moved[i].Gradient[j] * moved[i].Gradient[j];
                    }
                }
                double numeric = Difference(step, t =>
                {
                    for (int i = 0; i < moved.Length; i++) moved[i].Move(directions[i], t);
                });
                foreach (Probe probe in moved) probe.Restore();
                double scale = Math.Max(floor, Math.Max(Math.Sqrt(squares), Math.Abs(numeric)));
                double error = Math.Abs(analytic - numeric) / scale;
                yield return new GradientDifference(name, null, $"direction {k}", analytic, numeric, error);
            }
        }

        double Difference(double h, Action<double> move)
        {
            double near = At(h) - At(-h);
            return options.FourthOrder ? ((8 * near) - (At(2 * h) - At(-2 * h))) / (12 * h) : near / (2 * h);

            double At(double t)
            {
                move(t);
                return Evaluate(backend, loss);
            }
        }
    }

    private static double Backward(IBackend backend, Func<Tape, Variable> loss, Probe[] probes)
    {
        foreach (Probe probe in probes) probe.Variable.ClearGradient();
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable result = loss(tape);
        double value = result.Value.ToScalar();
        tape.Backward(result);
        foreach (Probe probe in probes) probe.TakeGradient();
        return value;
    }

    private static double Evaluate(IBackend backend, Func<Tape, Variable> loss)
    {
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        return loss(tape).Value.ToScalar();
    }

    /// <summary>All places, or a sample of them without repetition (the first part of a shuffle), in order.</summary>
    private static int[] Sample(int length, int? most, CounterRandom random)
    {
        int[] places = [.. Enumerable.Range(0, length)];
        if (most is not { } count || count >= length) return places;
        random.Shuffle(places.AsSpan());
        Array.Resize(ref places, count);
        Array.Sort(places);
        return places;
    }

    /// <summary>One parameter: its values as they were, its gradient, and its values moved.</summary>
    private sealed class Probe
    {
        private readonly double[] _moved;

        public Probe(NamedParameter parameter)
        {
            if (!parameter.Variable.RequiresGradient || !parameter.Variable.IsLeaf)
            {
                throw new ArgumentException(
                    $"GradientCheck: '{parameter.Name}' {parameter.Variable.Shape} is not a trained parameter.");
            }
            Name = parameter.Name;
            Variable = parameter.Variable;
            Original = Variable.Value.ToDoubles();
            _moved = [.. Original];
        }

        public string Name { get; }

        public Variable Variable { get; }

        public Shape Shape => Variable.Shape;

        public double[] Original { get; }

        /// <summary>Zeros where the backward pass did not come to the parameter.</summary>
        public double[] Gradient { get; private set; } = [];

        public void TakeGradient()
        {
            Gradient = Variable.Gradient?.ToDoubles() ?? new double[Original.Length];
            Variable.ClearGradient();
        }

        public void MoveElement(int index, double t)
        {
            Original.CopyTo(_moved, 0);
            _moved[index] += t;
            Write(_moved);
        }

        public void Move(double[] direction, double t)
        {
            for (int i = 0; i < _moved.Length; i++) _moved[i] = Original[i] + (t * direction[i]);
            Write(_moved);
        }

        public void Restore() => Write(Original);

        private void Write(double[] values)
        {
            if (Variable.Value.DType == DType.Float64) Variable.Value.CopyFrom(values);
            else Variable.Value.CopyFrom(Array.ConvertAll(values, static value => (float)value));
        }
    }
}
