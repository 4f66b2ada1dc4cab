using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrossPT.Autograd.Optimization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Training;

/// <content>Checkpoints: everything the next step depends on, bit for bit.</content>
public sealed partial class Trainer
{
    private const string ParameterPrefix = "parameter/", OptimizerPrefix = "optimizer/", GoodPrefix = "good/",
        BestPrefix = "best/";

    /// <summary>
    /// Writes a checkpoint, whole or not at all: parameters in the form they are trained in, optimizer state, position,
    /// the best values so far.
    /// </summary>
    /// <param name="folder">
    /// The folder, made where there is none; a checkpoint in it stays until the new one is whole.
    /// </param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void SaveCheckpoint(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, CheckpointFile.Name), WriteCheckpoint);
    }

    /// <summary>Goes on from a checkpoint of the same run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="CheckpointException">
    /// There is none, it is broken, or it is of other settings, tasks or prompts, which the message lists: nothing was
    /// changed.
    /// </exception>
    public void Restore(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CheckpointFile file = CheckpointFile.Read(folder);
        CheckSettings(file);
        (string Name, Tensor Tensor)[] tensors = [.. NamedTensors()];
        List<string> differences = [.. tensors.Select(own => file.Difference(own.Name, own.Tensor)).OfType<string>()];
        HashSet<string> known = [.. tensors.Select(static own => own.Name)];
        differences.AddRange(file.Names.Where(
            name => !known.Contains(name) && !name.StartsWith(OptimizerPrefix, StringComparison.Ordinal)).Select(
            static name => $"{name} beside them"));
        if (differences.Count > 0)
            throw new CheckpointException(
                file.Path, $"holds {string.Join(", ", differences)}, expected the tensors of this run");

        using (new TensorScope())
        {
            Dictionary<string, Tensor> state = file.Names.Where(
                static name => name.StartsWith(OptimizerPrefix, StringComparison.Ordinal))
                .ToDictionary(static name => name[OptimizerPrefix.Length..], name => file.Create(name, _model.Backend));
            try
            {
                _optimizer.RestoreState(state);
            }
            catch (ArgumentException error)
            {
                throw new CheckpointException(file.Path, $"holds another optimizer's state: {error.Reason()}", error);
            }
        }
        foreach ((string name, Tensor tensor) in tensors) file.CopyTo(name, tensor);
        CheckpointState position = file.State;
        (_step, _evaluatedStep, _bestStep, _bestScore) = (
            position.Step, position.EvaluatedStep, position.BestStep, position.BestScore ?? double.NegativeInfinity);
        (_withoutBetter, _endedEarly) = (position.WithoutBetter, position.EndedEarly);
    }

    /// <summary>Writes the bytes of a checkpoint.</summary>
    internal void WriteCheckpoint(Stream stream) => WriteCheckpoint(stream, _optimizer);

    private void WriteCheckpoint(Stream stream, Optimizer moments)
    {
        CheckpointState state = new(
            _step, _evaluatedStep, _bestStep, _bestStep == 0 ? null : _bestScore, _withoutBetter, _endedEarly);
        IReadOnlyDictionary<string, Tensor> optimizer = moments.SaveState();
        try
        {
            (string, Tensor)[] tensors =
                [.. NamedTensors(), .. optimizer.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(
                static one => (OptimizerPrefix + one.Key, one.Value))];
            CheckpointFile.Write(stream, state, DescribeSettings(), tensors);
        }
        finally
        {
            foreach (Tensor tensor in optimizer.Values) tensor.Dispose();
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> NamedTensors()
    {
        IReadOnlyList<PromptParameter> parameters = _prompts.Parameters;
        for (int i = 0; i < parameters.Count; i++)
        {
            yield return (ParameterPrefix + parameters[i].Name, parameters[i].Variable.Value);
            yield return (GoodPrefix + parameters[i].Name, _lastGood.Values[i]);
            if (_best.Values.Count > 0) yield return (BestPrefix + parameters[i].Name, _best.Values[i]);
        }
    }

    private void CheckSettings(CheckpointFile file)
    {
        Dictionary<string, string> own = DescribeSettings();
        string[] differences = [.. own.Keys.Union(file.Settings.Keys).Order(StringComparer.Ordinal)
            .Where(key => own.GetValueOrDefault(key) != file.Settings.GetValueOrDefault(key))
            .Select(
                key =>
                    $"{key} {file.Settings.GetValueOrDefault(key) ?? "unset"} (now "
                        + $"{own.GetValueOrDefault(key) ?? "unset"})")];
        if (differences.Length > 0)
            throw new CheckpointException(
                file.Path, $"was written with {string.Join(", ", differences)}, expected the settings of this run");
    }

    /// <summary>
    /// All that the numbers of a run depend on besides the model and where the prompts started, as text.
    /// </summary>
    private Dictionary<string, string> DescribeSettings()
    {
        TrainingSettings s = _settings;
        Dictionary<string, string> told = new()
        {
            ["seed"] = Text(_seed), ["training.steps"] = Text(s.Steps), ["training.batch"] = Text(s.Batch),
                ["training.batching"] = Text(s.Batching),
            ["training.optimizer"] = Text(s.Optimizer), ["training.warmup"] = Text(s.Warmup),
                ["training.clip"] = Text(s.Clip), ["training.clipScope"] = Text(s.ClipScope),
            ["training.weightDecay"] = Text(s.WeightDecay), ["training.dropout"] = Text(_dropout),
                ["training.evaluateEvery"] = Text(s.EvaluateEvery),
            ["training.patience"] = Text(s.Patience), ["training.selection"] = Text(s.Selection),
                ["tasks"] = string.Join(", ", _prompts.Tasks),
        };
        foreach (ParameterRole role in _prompts.Parameters.Select(static one => one.Role).Distinct())
            told.Add($"training.learningRate.{role.ToString().ToLowerInvariant()}", Text(s.LearningRate(role)));
        foreach (TrainingTask task in _tasks) told.Add($"examples of {task.Name}", DigestOf(task));
        return told;

        static string Text<T>(T value) => value is IFormattable number
            ? number.ToString(null, CultureInfo.InvariantCulture) : $"{value}";
    }

    /// <summary>A hash of what a task is trained on: its texts and right answers, as the model reads them.</summary>
    private static string DigestOf(TrainingTask task)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EncodedExample example in task.Examples)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>(
                [example.Source.Length, .. example.Source, example.Target.Length, .. example.Target]));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash())[..16];
    }
}
