using ParallelDag.Documents;
using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>
/// Keys beside <c>config:</c>. Formats replace those of the checkpoint, class by class. Any other key replaces what the config says: the
/// model is written
/// as a section, the keys are laid over it, and it is read again.
/// </summary>
internal static class ModelOverrides
{
    /// <summary>The model with the section's other keys laid over it; null when a fault was noted.</summary>
    public static ModelSpec? Apply(ModelSpec model, PlanBinder section, DocumentMap map, BindingLog log)
    {
        int faults = log.Problems.Count;
        DocumentEntry[] others = [.. map.Entries.Where(entry => entry.Key is not ("config" or "precision" or "dtype"))];
        Precision precision = PrecisionBinder.Bind(section, model.Precision);
        if (log.Problems.Count > faults)
            return null;
        if (others.Length == 0)
            return model with { Precision = precision };
        if (ModelDocument.Write(model) is not DocumentMap written)
        {
            log.Fault(others[0].KeyPosition,
                $"{others[0].Key} cannot replace what this config says: its layers keep formats of their own; "
                + "give precision and dtype only");
            return null;
        }

        string[] replaced = [.. others.Select(entry => entry.Key)];
        var merged = new DocumentMap([.. written.Entries.Where(entry => !replaced.Contains(entry.Key)), .. others], map.Position);
        return ModelBinder.BindLayers(new PlanBinder(merged, "model", log), log, out _) is ModelSpec changed
            ? changed with { Precision = precision, NotCounted = model.NotCounted,
                MultiTokenLayersStoreEnds = model.MultiTokenLayersStoreEnds }
            : null;
    }
}
