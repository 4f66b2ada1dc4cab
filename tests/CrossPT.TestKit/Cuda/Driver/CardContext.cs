using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>A context: its streams, its memory, and the fault that ended its use, if any.</summary>
internal sealed class CardContext
{
    private readonly Card _card;
    private readonly List<CardStream> _streams = [];
    private bool _advances;

    public CardContext(Card card)
    {
        _card = card;
        Memory = new CardMemory(card.Settings);
        Default = new CardStream(this);
    }

    public CardMemory Memory { get; }

    /// <summary>The stream whose handle is 0.</summary>
    public CardStream Default { get; }

    public bool IsDestroyed { get; private set; }

    /// <summary>What every call answers once a kernel has failed.</summary>
    public CudaError Fault { get; private set; }

    public CardStream CreateStream()
    {
        CardStream stream = new(this);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>What it still holds is done all the same, when it comes to that.</summary>
    public void Synchronize()
    {
        Default.Finish();
        // A stream may be waited for by one that came before it.
        while (_streams.Find(static stream => !stream.IsEmpty) is { } stream) stream.Finish();
    }

    /// <summary>Does what may be done on the streams that the order has go first.</summary>
    public void Advance()
    {
        if (_card.Settings.Order == CardOrder.Late || _advances) return;
        _advances = true;
        IEnumerable<CardStream> ahead = _card.Settings.Order == CardOrder.KernelsFirst
            ? _streams.Take(1)
            : _streams.Skip(1);
        foreach (CardStream stream in ahead) stream.FinishWhatMay();
        _advances = false;
    }

    public void Do(CardWork work)
    {
        try
        {
            work.Do();
        }
        catch (CardException fault)
        {
            _card.Log.Write("fault", fault.Message);
            Fault = fault.Error;
            Default.Drop();
            foreach (CardStream stream in _streams) stream.Drop();
        }
    }

    public void Destroy()
    {
        IsDestroyed = true;
        if (Memory.Count > 0) _card.Log.Write("left", $"{Memory.Count} blocks of memory");
    }
}
