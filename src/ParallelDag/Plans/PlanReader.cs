using ParallelDag.Documents;

namespace ParallelDag.Plans;

/// <summary>Binds a document tree to a plan, strictly: unknown keys, wrong types and broken rules are refused with their place.</summary>
public static class PlanReader
{
    /// <summary>Reads and validates a plan.</summary>
    /// <param name="root">The document.</param>
    /// <param name="file">The file as the user named it, for messages; null when there is none.</param>
    /// <param name="folder">The folder that a relative <c>model: ./config.json</c> starts from; null: the current one.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DeploymentPlan Read(DocumentNode root, string? file = null, string? folder = null) => throw new NotSupportedException();
}
