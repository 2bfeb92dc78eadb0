using ParallelDag.Layers;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>Binds feed-forward parts of a model section: the default ones from the section's own keys, others by name.</summary>
internal static class FeedForwardBinder
{
    /// <summary>The dense FFN of the section.</summary>
    public static DenseFeedForward Dense(PlanBinder section, bool required) => new()
    {
        Ffn = required ? section.Int("ffn") : section.Int("ffn", 1),
        Gated = section.Bool("gatedFfn", true),
        Bias = section.Bool("ffnBias", false),
        ActivationWeights = section.Int("activationWeights", 0),
    };

    /// <summary>
    /// The experts of the <c>moe</c> section; widths and gating that it leaves out are those of <paramref name="dense"/>.
    /// </summary>
    public static MoeFeedForward Moe(PlanBinder section, DenseFeedForward dense, out int firstDenseLayers)
    {
        section.RefuseMoved("load", "workload.expertLoad");
        section.RefuseMoved("redundantExperts", "prefill.redundantExperts or decode.redundantExperts");
        firstDenseLayers = section.Int("firstDenseLayers", 0);
        if (firstDenseLayers is < 0 or > PlanValidator.MaxDegree)
            section.Fault("firstDenseLayers",
                Words.Invariant($"{firstDenseLayers} is out of range; give 0 to the number of layers"));
        int width = section.Int("ffn", dense.Ffn), shared = section.Int("sharedExperts", 0);
        PlanBinder? beside = section.Section("beside");
        var moe = new MoeFeedForward
        {
            ExpertCount = section.Int("experts"),
            TopK = section.Int("topK"),
            Ffn = width,
            Gated = dense.Gated,
            Bias = section.Bool("bias", false),
            RouterBias = section.Bool("routerBias", false),
            ScoreCorrection = section.Bool("scoreCorrection", false),
            RouterScales = section.Bool("routerScales", false),
            SharedExperts = shared,
            SharedFfn = section.Int("sharedFfn", (int)Math.Clamp((long)shared * width, 0, int.MaxValue)),
            SharedGate = section.Bool("sharedGate", false),
            LatentWidth = section.Int("latent", 0),
            Groups = section.Int("groups", 0),
            GroupLimit = section.Int("groupLimit", 0),
            Beside = beside is null ? null
                : new DenseFeedForward { Ffn = beside.Int("ffn"), Gated = dense.Gated, Bias = beside.Bool("bias", false) },
            BranchNorms = section.Bool("branchNorms", false),
        };
        beside?.RefuseUnknownKeys();
        section.RefuseUnknownKeys();
        return moe;
    }

    /// <summary>A dense FFN of the <c>feedForwards</c> section.</summary>
    public static DenseFeedForward Named(PlanBinder section, DenseFeedForward basis)
    {
        var dense = new DenseFeedForward
        {
            Ffn = section.Int("ffn"),
            Gated = section.Bool("gatedFfn", basis.Gated),
            Bias = section.Bool("ffnBias", basis.Bias),
            ActivationWeights = section.Int("activationWeights", basis.ActivationWeights),
        };
        section.RefuseUnknownKeys();
        return dense;
    }
}
