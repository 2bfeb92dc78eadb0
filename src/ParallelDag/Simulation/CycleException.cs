namespace ParallelDag.Simulation;

/// <summary>Actions wait for each other, so that no schedule of them ends.</summary>
internal sealed class CycleException() : Exception("the actions wait for each other in a cycle");
