using System.Diagnostics;

namespace CrossPT.Runner.Bench;

/// <summary>Times one piece of work: warm-up, then samples of many calls each.</summary>
internal sealed class Benchmark
{
    private const int SampleCount = 15;
    private const int WarmUpCount = 3;
    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20);

    // The runtime replaces its first, quick translation of hot code after some calls, in the background.
    private static readonly TimeSpan s_warmUpTime = TimeSpan.FromMilliseconds(600);

    private readonly double[] _seconds = new double[SampleCount];

    public Benchmark(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < WarmUpCount || Stopwatch.GetElapsedTime(start) < s_warmUpTime; i++) Sample(work);
        for (int i = 0; i < SampleCount; i++) _seconds[i] = Sample(work);
        Array.Sort(_seconds);
    }

    /// <summary>Time of a call, the middle one of all samples.</summary>
    public double MedianSeconds => _seconds[SampleCount / 2];

    /// <summary>Time of a call in the fastest sample.</summary>
    public double LeastSeconds => _seconds[0];

    private static double Sample(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        int calls = 0;
        do
        {
            work();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < s_sampleTime);
        return elapsed.TotalSeconds / calls;
    }
}
