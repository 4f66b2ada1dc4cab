namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>A point of a stream that an event was recorded at.</summary>
internal sealed class CardPoint(CardStream stream)
{
    public CardStream Stream => stream;

    public bool IsPassed { get; set; }
}

/// <summary>An event: the last point it was recorded at, if any.</summary>
internal sealed class CardEvent
{
    public CardPoint? Point { get; set; }
}

/// <summary>
/// What is put into a stream: it is done when everything before it has been, and the point it must follow has been
/// passed.
/// </summary>
internal readonly record struct CardWork(Action Do, CardPoint? After = null);

/// <summary>
/// A queue of work. The device is free to do it at any time between the moment it may and the moment somebody waits for
/// it; a <see cref="CardOrder"/> has it done at one end of that time, so that an order nobody asked for shows as a
/// wrong number.
/// </summary>
internal sealed class CardStream(CardContext context)
{
    private readonly Queue<CardWork> _work = [];

    public bool IsEmpty => _work.Count == 0;

    public void Put(CardWork work)
    {
        _work.Enqueue(work);
        context.Advance();
    }

    /// <summary>Marks this point; an event forgets where it was.</summary>
    public void Record(CardEvent marker)
    {
        CardPoint point = marker.Point = new CardPoint(this);
        Put(new CardWork(() => point.IsPassed = true));
    }

    /// <summary>Has what comes later follow the event's last point.</summary>
    public void Follow(CardEvent marker)
    {
        if (marker.Point is { IsPassed: false } point) Put(new CardWork(static () => { }, point));
    }

    /// <summary>Does all of it.</summary>
    public void Finish()
    {
        while (_work.Count > 0) DoNext();
    }

    /// <summary>Does what leads to a point of this stream.</summary>
    public void FinishUpTo(CardPoint point)
    {
        while (!point.IsPassed && _work.Count > 0) DoNext();
    }

    /// <summary>Does what can be done without any other stream.</summary>
    public void FinishWhatMay()
    {
        while (_work.TryPeek(out CardWork next) && next.After is null or { IsPassed: true }) DoNext();
    }

    /// <summary>Forgets what was not done: the context is lost.</summary>
    public void Drop() => _work.Clear();

    /// <summary>Does the next piece, or what it must follow: that may have this one done too.</summary>
    private void DoNext()
    {
        if (_work.Peek().After is { IsPassed: false } point)
        {
            point.Stream.FinishUpTo(point);
            return;
        }
        context.Do(_work.Dequeue());
        context.Advance();
    }
}
