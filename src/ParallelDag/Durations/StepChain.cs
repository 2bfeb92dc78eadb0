using System.Numerics;
using ParallelDag.Operators;

namespace ParallelDag.Durations;

/// <summary>
/// The order in which the steps of a section run on the two streams of a GPU, computation and communication: each step begins when its
/// producers have ended and its stream is free. Made once of a program, then run for any durations without an allocation.
/// </summary>
internal sealed class StepChain
{
    /// <summary>Sections of no more steps than this need no array.</summary>
    internal const int MostOnStack = 96;

    private readonly bool[] _communicates;
    private readonly int[] _offsets;
    private readonly int[] _producers;

    /// <summary>The chain of a section.</summary>
    public StepChain(OperatorProgram program)
    {
        int count = program.Steps.Count;
        _communicates = new bool[count];
        _offsets = new int[count + 1];
        var producers = new List<int>(2 * count);
        for (int step = 0; step < count; step++)
        {
            _communicates[step] = program.Steps[step].Collective != CollectiveKind.None;
            foreach (StepSource source in program.Steps[step].Sources)
            {
                if (source.Producer is not null)
                    producers.Add(source.Producer.Index);
            }

            _offsets[step + 1] = producers.Count;
        }

        _producers = [.. producers];
    }

    /// <summary>When the last step ends.</summary>
    /// <param name="durations">The duration of each step: whole picoseconds or seconds.</param>
    /// <param name="oneStream">True where communication has no stream of its own.</param>
    public T Last<T>(ReadOnlySpan<T> durations, bool oneStream = false)
        where T : unmanaged, INumber<T>
    {
        Span<T> finish = stackalloc T[MostOnStack];
        finish = durations.Length <= finish.Length ? finish[..durations.Length] : new T[durations.Length];
        T computing = T.Zero, communicating = T.Zero, last = T.Zero;
        for (int step = 0; step < durations.Length; step++)
        {
            T start = _communicates[step] ? communicating : computing;
            for (int i = _offsets[step]; i < _offsets[step + 1]; i++)
            {
                T before = finish[_producers[i]];
                start = before > start ? before : start;
            }

            T end = finish[step] = start + durations[step];
            if (_communicates[step] || oneStream)
                communicating = end;
            if (!_communicates[step] || oneStream)
                computing = end;
            last = end > last ? end : last;
        }

        return last;
    }
}
