using CrossPT.Tensors;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Examples without an end, each a function of the random numbers it is drawn with.</summary>
public interface IExampleStream
{
    /// <summary>Draws an example.</summary>
    SequencePair Draw(CounterRandom random);
}
