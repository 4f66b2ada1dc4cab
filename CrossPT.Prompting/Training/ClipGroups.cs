using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Training;

/// <summary>
/// What gradients are clipped together: those of one prompt; of a router with a row a task, each row. A task's outlier
/// then slows neither the others' prompts nor their rows. With <see cref="ClipScope.Global"/>, all.
/// </summary>
internal sealed class ClipGroups
{
    private readonly (string Name, Variable[] Variables, bool ByRow)[] _groups;
    private readonly double _maxNorm;

    public ClipGroups(IReadOnlyList<PromptParameter> parameters, int tasks, TrainingSettings settings)
    {
        _maxNorm = settings.Clip > 0 ? settings.Clip : double.PositiveInfinity;
        _groups = settings.ClipScope == ClipScope.Global
            ? [("all parameters", [.. parameters.Select(static one => one.Variable)], false)]
            : [.. parameters.GroupBy(static one => one.ClipGroup ?? one.Name)
                .Select(
                    group => (group.Key, group.Select(static one => one.Variable).ToArray(), IsByRow(group, tasks)))];
    }

    /// <summary>Limits the norms.</summary>
    /// <returns>The first group whose norm is not finite with that norm; null where all are.</returns>
    public (string Name, double Norm)? Clip()
    {
        using TensorScope scope = new();
        List<string> names = [];
        List<Tensor[]> gradients = [];
        foreach ((string name, Variable[] variables, bool byRow) in _groups)
        {
            Tensor[] present = [.. variables.Select(static one => one.Gradient).OfType<Tensor>()];
            if (present.Length == 0) continue;
            IEnumerable<Tensor[]> parts = byRow
                ? Enumerable.Range(0, present[0].Rows).Select(row => (Tensor[])[present[0].Slice(row, 1)])
                : [present];
            foreach (Tensor[] part in parts)
            {
                names.Add(name);
                gradients.Add(part);
            }
        }
        IReadOnlyList<double> norms = GradientClipping.EachGroupByNorm(gradients, _maxNorm);
        for (int i = 0; i < norms.Count; i++)
        {
            if (!double.IsFinite(norms[i])) return (names[i], norms[i]);
        }
        return null;
    }

    private static bool IsByRow(IEnumerable<PromptParameter> group, int tasks)
        => group.Count() == 1 && group.First() is { Role: ParameterRole.Router } router
            && router.Variable.Shape.Rank == 2 && router.Variable.Shape[0] == tasks;
}
