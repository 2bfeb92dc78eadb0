namespace ParallelDag.Operators;

/// <summary>
/// A section of a phase as a straight-line program over the ranks of a stage: the entry, a layer, or the exit.
/// </summary>
/// <param name="Steps">The steps in an order in which producers come first.</param>
/// <param name="Output">What the section hands on.</param>
public sealed record OperatorProgram(IReadOnlyList<OperatorStep> Steps, StepValue Output)
{
    /// <summary>The step of an operator, or null.</summary>
    public OperatorStep? Find(string op) => Steps.FirstOrDefault(step => step.Op == op);
}
