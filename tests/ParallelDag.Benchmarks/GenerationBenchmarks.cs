using BenchmarkDotNet.Attributes;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Lowering;

namespace ParallelDag.Benchmarks;

/// <summary>Plan to Device graph, and the proof that it has no cycle.</summary>
[MemoryDiagnoser]
public class GenerationBenchmarks
{
    private Dag _large = null!;

    /// <summary>Keeps a graph of a million nodes for the checks.</summary>
    [GlobalSetup]
    public void Setup() => _large = DagGenerator.Generate(ScalePlans.All[2].Plan, DetailLevel.Device);

    /// <summary>The reference plan, generated and checked.</summary>
    [Benchmark]
    public bool Reference() => TopologicalOrder.Exists(DagGenerator.Generate(ScalePlans.Reference, DetailLevel.Device).Topology);

    /// <summary>A million nodes.</summary>
    [Benchmark]
    public Dag Million() => DagGenerator.Generate(ScalePlans.All[2].Plan, DetailLevel.Device);

    /// <summary>Acyclicity of a million nodes in generated order.</summary>
    [Benchmark]
    public bool Acyclic() => TopologicalOrder.Exists(_large.Topology);

    /// <summary>The levels of a million nodes.</summary>
    [Benchmark]
    public int[] LevelsOfAll() => Levels.Compute(_large.Topology);
}
