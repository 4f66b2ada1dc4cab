using System.Globalization;
using CrossPT.Autograd;
using CrossPT.Prompting.Configuration;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Pretraining;

/// <summary>
/// All a pretraining run needs to go on bit for bit: <c>weights/NAME</c>, <c>optimizer/NAME</c>, and the steps done in
/// the metadata. Batches need nothing: they are functions of their step.
/// </summary>
internal static class PretrainingCheckpoint
{
    private const string Weights = "weights/", State = "optimizer/", StepsKey = "steps";

    public static void Write(string path, Pretrainer pretrainer)
    {
        IReadOnlyDictionary<string, Tensor> state = pretrainer.Optimizer.SaveState();
        try
        {
            SafetensorsWriter writer = new(
                new Dictionary<string, string>
                {
                    [StepsKey] = pretrainer.StepsDone.ToString(CultureInfo.InvariantCulture),
                });
            foreach ((string name, Variable variable) in pretrainer.Model.Parameters) writer.Add(
                Weights + name, variable.Value);
            foreach ((string name, Tensor tensor) in state) writer.Add(State + name, tensor);
            writer.Save(path);
        }
        finally
        {
            foreach (Tensor tensor in state.Values) tensor.Dispose();
        }
    }

    /// <summary>Puts weights and optimizer where they were.</summary>
    /// <exception cref="TensorFileException">The file is broken, or of another model.</exception>
    public static void Read(string path, Pretrainer pretrainer)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using TensorScope scope = new();
        Dictionary<string, Tensor> state = [];
        IBackend backend = pretrainer.Model.Backend;
        foreach (TensorEntry entry in file.Entries.Where(
            static entry => entry.Name.StartsWith(State, StringComparison.Ordinal)))
            state.Add(entry.Name[State.Length..], Copy(file, entry, entry.Shape, entry.DType, backend));
        Tensor[] weights = [.. pretrainer.Model.Parameters.Select(parameter =>
            Copy(
                file, file.Get(Weights + parameter.Name), parameter.Variable.Shape, parameter.Variable.Value.DType,
                backend))];
        try
        {
            pretrainer.Optimizer.RestoreState(state);
        }
        catch (ArgumentException error)
        {
            throw new TensorFileException(path, $"is no checkpoint of this run ({error.Reason()})", error);
        }
        for (int i = 0; i < weights.Length; i++)
            backend.Elementwise.Copy(weights[i], pretrainer.Model.Parameters[i].Variable.Value);
    }

    private static Tensor Copy(SafetensorsFile file, TensorEntry entry, Shape shape, DType type, IBackend backend)
    {
        if (entry.Shape != shape || entry.DType != type)
            throw new TensorFileException(file.Path, $"holds {entry}, expected {type} {shape}");
        byte[] bytes = new byte[checked(shape.Length * type.ByteSize())];
        file.Read(entry, 0, bytes);
        Tensor tensor = Tensor.Allocate(backend, shape, type);
        backend.CopyFromHost(bytes, tensor);
        return tensor;
    }
}
