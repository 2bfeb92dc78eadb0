using ParallelDag.Files;
using System.Globalization;
using ParallelDag.Documents;

namespace ParallelDag.Commands.Inputs;

/// <summary>What New-DeploymentPlan fills in when a plan is made of parts and the user left it out.</summary>
internal static class PlanAssembly
{
    /// <summary>A prompt of ordinary length; pictures and checks do not depend on it much.</summary>
    public const int DefaultPromptLength = 2048;

    /// <summary>A name for the plan: that of the model's file or folder, else <c>plan</c>.</summary>
    public static string NameOf(DocumentNode model)
    {
        const string Fallback = "plan";
        if (model is not DocumentScalar { Text: var path })
            return Fallback;
        string name = FileNames.OfModel(InputFile.FileOf(path));
        return name.Trim('_', '.').Length == 0 ? Fallback : name;
    }

    /// <summary>
    /// The smallest batch that every phase accepts: a sequence for each micro-batch, replica and (dedicated) expert-parallel rank,
    /// and tp of them where decode scatters the batch over tensor parallelism.
    /// </summary>
    public static int SmallestBatch(int microBatches, DocumentNode? prefill, DocumentNode? decode)
    {
        long Of(DocumentNode? phase, bool isDecode)
        {
            bool folded = Text(phase, "expertParallel") == "folded";
            bool scattered = isDecode && Text(phase, "attentionOutput") == "reduceScatter";
            return Math.Max(1, microBatches) * Degree(phase,
                "dp") * (folded ? 1 : Degree(phase, "ep")) * (scattered ? Degree(phase, "tp") : 1);
        }

        return (int)Math.Min(Math.Max(Of(prefill, isDecode: false), Of(decode, isDecode: true)), 1 << 24);
    }

    private static string? Text(DocumentNode? phase, string key) => ((phase as DocumentMap)?.Find(key) as DocumentScalar)?.Text;

    /// <summary>A degree as given; whatever is no degree counts as one here, and the plan's reader refuses it.</summary>
    private static long Degree(DocumentNode? phase, string key) =>
        int.TryParse(Text(phase, key), NumberStyles.None, CultureInfo.InvariantCulture, out int degree) && degree is > 0 and <= 65_536
            ? degree
            : 1;
}
