using ParallelDag.Durations;

namespace ParallelDag.Serving;

/// <summary>How far to trust a forecast, in one line that stands beside every one (docs/accuracy.md has the comparisons).</summary>
public static class Accuracy
{
    /// <summary>What holds of every measured device.</summary>
    public const string Statement = "model, +-20 % on kernels and single-node throughput; 1.1-1.6x optimistic for wide EP";

    /// <summary>The statement for a device: one whose numbers are guessed says so.</summary>
    public static string Of(TimeModel model)
    {
        string gpu = model.Cluster.Gpu.Name, source = model.Device.Name;
        if (model.Device.Kernels.All(row => row.IsGuess))
            return $"{Statement}; efficiencies of {gpu} are guesses, none is measured";
        string links = model.Device.Lines.Count == 0 ? "; links as a plain ring at their full rate" : "";
        return source == gpu ? Statement + links : $"{Statement}; {gpu} has the efficiencies of {source}{links}";
    }
}
