using System.Numerics;
using ParallelDag.Operators;

namespace ParallelDag.Durations;

/// <summary>
/// The order of a section's steps on the two streams (computation, communication) that a GPU has: each step begins when its producers have
/// ended and its stream is free. Flat arrays, so that a section is timed without an allocation.
/// </summary>
internal sealed class StepChain
{
    /// <summary>Sections of no more steps than this need no array.</summary>
    internal const int MostOnStack = 96;

    private readonly bool[] _communicates;
    private readonly int[] _first;
    private readonly int[] _producers;

    /// <summary>The order of a program's steps.</summary>
    public StepChain(OperatorProgram program)
    {
        int steps = program.Steps.Count;
        _communicates = new bool[steps];
        _first = new int[steps + 1];
        var producers = new List<int>();
        for (int step = 0; step < steps; step++)
        {
            _communicates[step] = program.Steps[step].Collective != CollectiveKind.None;
            foreach (StepSource source in program.Steps[step].Sources)
            {
                if (source.Producer is not null)
                    producers.Add(source.Producer.Index);
            }

            _first[step + 1] = producers.Count;
        }

        _producers = [.. producers];
    }

    /// <summary>When the last step ends.</summary>
    /// <param name="durations">The duration of each step: whole picoseconds or seconds.</param>
    public T Finish<T>(ReadOnlySpan<T> durations)
        where T : unmanaged, INumber<T>
    {
        Span<T> finish = stackalloc T[MostOnStack];
        finish = durations.Length <= finish.Length ? finish[..durations.Length] : new T[durations.Length];
        T computing = T.Zero, communicating = T.Zero, last = T.Zero;
        for (int step = 0; step < durations.Length; step++)
        {
            T start = _communicates[step] ? communicating : computing;
            for (int source = _first[step]; source < _first[step + 1]; source++)
                start = T.Max(start, finish[_producers[source]]);
            T end = finish[step] = start + durations[step];
            if (_communicates[step])
                communicating = end;
            else
                computing = end;
            last = T.Max(last, end);
        }

        return last;
    }
}
