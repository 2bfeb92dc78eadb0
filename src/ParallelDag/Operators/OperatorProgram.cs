using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// A section of a phase as a straight-line program over the ranks of a stage: the entry, a layer, or the exit. Immutable, safe to share
/// between threads.
/// </summary>
public sealed class OperatorProgram
{
    internal OperatorProgram(IReadOnlyList<OperatorStep> steps, StepValue output, IReadOnlyList<CacheFlow> caches)
    {
        Steps = steps;
        Output = output;
        Caches = caches;
        Classes = new RankClasses(output.Producer!.Mesh.Size);
        foreach (OperatorStep step in steps)
            step.Distinguish(Classes);
    }

    /// <summary>The steps in an order in which producers come first.</summary>
    public IReadOnlyList<OperatorStep> Steps { get; }

    /// <summary>What the section hands on.</summary>
    public StepValue Output { get; }

    /// <summary>Which step yields and which reads each cached tensor; empty outside the layers and for mixers without a cache.</summary>
    public IReadOnlyList<CacheFlow> Caches { get; }

    /// <summary>Ranks for which all steps have the same numbers.</summary>
    public RankClasses Classes { get; }

    /// <summary>The step of an operator, or null.</summary>
    public OperatorStep? Find(string op) => Steps.FirstOrDefault(step => step.Op == op);
}

/// <summary>The steps between which a mixer's cache lies: prefill hands over from the one to the other of decode.</summary>
/// <param name="Writer">The step that yields the cached tensors.</param>
/// <param name="Reader">The step that reads them.</param>
/// <param name="Tensors">The names of the tensors.</param>
public sealed record CacheFlow(OperatorStep Writer, OperatorStep Reader, IReadOnlyList<string> Tensors);
