using ParallelDag.Documents;
using ParallelDag.Formats.Yaml;
using ParallelDag.Plans;

namespace ParallelDag.Formats;

/// <summary>Plan files: YAML or JSON in, a validated plan out.</summary>
public static class PlanFile
{
    /// <summary>Reads and validates a plan file. A relative <c>model: ./config.json</c> starts from the file's folder.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="displayName">The file as the user named it, for messages; null: <paramref name="path"/>.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column, each quoting its line.</exception>
    public static DeploymentPlan Load(string path, string? displayName = null, CancellationToken cancellation = default)
    {
        TextInput input = TextInput.Read(path, displayName, YamlDocument.MaxBytes, cancellation);
        DocumentNode root = YamlDocument.Read(input, cancellation);
        try
        {
            return PlanReader.Read(root, input.File, Path.GetDirectoryName(Path.GetFullPath(path)));
        }
        catch (InputException fault)
        {
            throw input.Quote(fault);
        }
    }
}
