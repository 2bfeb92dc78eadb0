namespace ParallelDag;

/// <summary>How a DAG is written as Chakra traces.</summary>
public sealed record ChakraOptions
{
    /// <summary>The control dependencies.</summary>
    public ChakraSchedule Schedule { get; init; }

    /// <summary>Leaves the names of nodes out, which are half of a file.</summary>
    public bool WithoutNames { get; init; }
}
