using ParallelDag.Documents;
using ParallelDag.Files;
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
    public static DeploymentPlan Load(string path, string? displayName = null, CancellationToken cancellation = default) =>
        Load(InputFile.Read(path, displayName, YamlDocument.MaxBytes, cancellation), cancellation);

    /// <summary>Reads and validates a plan. A relative <c>model: ./config.json</c> starts from the input's folder, or from the current one
    /// when it is no file.</summary>
    /// <param name="input">The plan.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column, each quoting its line.</exception>
    public static DeploymentPlan Load(InputFile input, CancellationToken cancellation = default)
    {
        SourceText text = SourceText.Of(input, YamlDocument.MaxBytes);
        DocumentNode root = YamlDocument.Read(text, cancellation);
        try
        {
            return PlanReader.Read(root, text.File, input.Folder);
        }
        catch (InputException fault)
        {
            throw text.Quote(fault);
        }
    }

    /// <summary>Reads what plans are searched for: a plan without strategies, or one with them.</summary>
    /// <param name="input">The file.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column, each quoting its line.</exception>
    public static PlanSpec LoadEnvironment(InputFile input, CancellationToken cancellation = default)
    {
        SourceText text = SourceText.Of(input, YamlDocument.MaxBytes);
        DocumentNode root = YamlDocument.Read(text, cancellation);
        try
        {
            return PlanReader.ReadEnvironment(root, text.File, input.Folder);
        }
        catch (InputException fault)
        {
            throw text.Quote(fault);
        }
    }
}
